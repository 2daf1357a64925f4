"""Teams' conversations, as one writes to them.

A bot cannot read a chat of Teams back. What this process said is known to it; what a worker said
that died before it noted that down, is not, and may be said again: that is counted.

Sources: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/update-and-delete-bot-messages
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from wellread.adapters.chat.recent import Recent
from wellread.adapters.chat.teams.cards import TeamsMessage
from wellread.adapters.chat.teams.rendering import Account, rendered
from wellread.adapters.chat.teams.speaking import Speaking
from wellread.adapters.chat.teams.stream import Pace, TeamsStream, Turns, final
from wellread.adapters.chat.teams.web import RefusedError, TeamsWeb, in_path
from wellread.domain.ask.questions import Place
from wellread.domain.chat.said import Said, SaidNotice, SaidReply
from wellread.domain.knowledge.errors import DeliveryError, TransientError, WellreadError
from wellread.ports.chat import ConversationReferences, Target

_REMEMBERED, _REMEMBERED_SECONDS = 1000, 3600.0
_STATUS_SECONDS = 3.0
_TYPING_SECONDS = 2.5
"""So long Teams shows it, about."""


class UnknownPlaceError(DeliveryError):
    """Nobody has told where a conversation is."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "It is not known where Teams takes what is said in that conversation: nothing was "
            "heard from there for too long. Write something to the bot there, or add it again."
        )


class Known:
    """What this process said: the references of each key, and which of them are no streams."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._said = Recent[tuple[str, ...]](_REMEMBERED, _REMEMBERED_SECONDS, time.monotonic)
        self._ended = Recent[bool](_REMEMBERED, _REMEMBERED_SECONDS, time.monotonic)

    def of(self, key: str) -> tuple[str, ...]:
        """The references of what was said with a key."""
        return self._said.known(key) or ()

    def note(self, key: str, references: Sequence[str], *, ended: bool) -> None:
        """Note down what was said."""
        now = time.monotonic()
        self._said.put(key, tuple(references), now)
        for reference in references if ended else ():
            self._ended.put(reference, True, now)

    def has_ended(self, reference: str) -> bool:
        """Whether a message is known not to grow any more."""
        return self._ended.has(reference)


class TeamsSink:
    """`ReplySink` of Teams."""

    def __init__(
        self,
        web: TeamsWeb,
        references: ConversationReferences,
        known: Known,
        *,
        pace: Pace | None = None,
        not_read_back: Callable[[], object] = lambda: None,
    ) -> None:
        """Write by this client.

        Args:
            web: The Bot Connector.
            references: Where conversations are.
            known: What this process said.
            pace: How fast replies grow.
            not_read_back: Told of each reply that may be there already, which cannot be seen.
        """
        self._web = web
        self._references = references
        self._known = known
        self._turns = Turns(pace or Pace())
        self._not_read_back = not_read_back
        self._streams: WeakValueDictionary[str, TeamsStream] = WeakValueDictionary()
        self._makes_two = False
        self._typing = Recent[bool](_REMEMBERED, _TYPING_SECONDS, self._turns.pace.now)

    def show_status(self, target: Target, text: str) -> None:
        del text  # Teams shows that somebody types, and not what.
        if self._typing.has(target.place):
            return
        self._typing.put(target.place, True, self._turns.pace.now())
        try:
            speaking = self._at(target.place)
            speaking.say({"type": "typing"}, seconds=_STATUS_SECONDS, patience=0.0)
        except WellreadError:
            return

    def find(self, target: Target) -> Sequence[str]:
        found = self._known.of(target.key.id)
        if not found:
            self._not_read_back()
        return found

    def stream(self, target: Target, text: str) -> TeamsStream | None:
        speaking = self._at(target.place)
        if not speaking.is_personal:
            return None
        stream = TeamsStream(speaking, text, self._turns)
        try:
            begun = stream.begin()
        except RefusedError:
            return None
        except TransientError as error:
            # Refused for its rate, nothing was begun, and a whole message needs no stream.
            if error.retry_after:
                return None
            raise
        if not begun:
            return None
        self._streams[stream.reference] = stream
        self._known.note(target.key.id, (stream.reference,), ended=False)
        return stream

    def write(self, target: Target, said: Said, references: Sequence[str] = ()) -> Sequence[str]:
        speaking = self._at(target.place)
        if speaking.is_personal and isinstance(said, SaidReply):
            # It stands below the question.
            said = replace(said, asked_by="")
        elif not speaking.is_personal and isinstance(said, SaidNotice):
            said = replace(said, offers=())
        there = list(dict.fromkeys(references))
        shown: list[str] = []
        made = rendered(said, lambda id: self._account(speaking, target, id))
        for reference in (id for each in made for id in self._shown(speaking, each, there)):
            # Teams does not name everything that it takes.
            shown += filter(None, [reference])
            self._known.note(target.key.id, (*shown, *there), ended=False)
        for surplus in there:
            self._delete(speaking, surplus)
        self._known.note(target.key.id, shown, ended=True)
        return tuple(shown)

    def remove(self, target: Target, references: Sequence[str]) -> bool:
        # Whether somebody replied cannot be seen; below a message of ours nobody can in Teams.
        speaking = self._at(target.place)
        for reference in dict.fromkeys(references):
            self._delete(speaking, reference)
        self._known.note(target.key.id, (), ended=True)
        return True

    def _at(self, place: Place) -> Speaking:
        found = self._references.of_conversation(place.platform, place.team, place.conversation)
        if found is None:
            raise UnknownPlaceError
        return Speaking(self._web, found, place.thread)

    def _shown(self, speaking: Speaking, message: TeamsMessage, there: list[str]) -> Iterator[str]:
        """Show a message: as the end of a stream, or as those that Teams makes of it.

        Of text with a card it may make two, and names neither: they can be neither edited nor
        judged. Where it did that before, it is given two.

        Sources: https://github.com/microsoft/BotFramework-Services/issues/98,
        https://github.com/OfficeDev/BotBuilder-MicrosoftTeams/issues/125
        """
        if there and self._ends(speaking, there[0], message):
            yield there.pop(0)
            return
        for part in message.parts if self._makes_two else (message,):
            yield self._put(speaking, part, there)

    def _say(self, speaking: Speaking, message: TeamsMessage) -> str:
        id = speaking.say(message.as_activity)
        self._makes_two = self._makes_two or (not id and len(message.parts) > 1)
        return id

    def _put(self, speaking: Speaking, message: TeamsMessage, there: list[str]) -> str:
        """Show a message in the first one there that lets itself be edited, or in a new one.

        Those that do not are deleted first, so that never two can be seen. `there` loses all these.
        """
        while there:
            reference = there.pop(0)
            if self._taken(partial(speaking.edit, reference, message.as_activity)):
                return reference
            self._delete(speaking, reference)
        try:
            return self._say(speaking, message)
        except RefusedError as error:
            calm = message.without_mentions
            # Not everybody can be mentioned everywhere; it can be said all the same.
            if error.status != 400 or calm is None:
                raise
        return self._say(speaking, calm)

    def _ends(self, speaking: Speaking, reference: str, message: TeamsMessage) -> bool:
        """Whether a stream ends as this; if it is one it has ended afterwards."""
        stream = self._streams.pop(reference, None)
        if stream is not None:
            return stream.end(message.as_activity)
        if not speaking.is_personal or self._known.has_ended(reference):
            return False
        # Another worker may have begun it, and only its end is taken then.
        last = final(message.as_activity, reference)
        return self._taken(lambda: self._end_of_another(speaking, last))

    def _end_of_another(self, speaking: Speaking, activity: dict[str, Any]) -> None:
        """End what another worker began, who may have sent something a moment ago."""
        pace = self._turns.pace
        pace.sleep(self._turns.left(speaking.conversation, otherwise=pace.apart))
        try:
            speaking.say(activity)
        finally:
            self._turns.sent(speaking.conversation)

    def _taken(self, call: Callable[[], object]) -> bool:
        """Whether Teams takes something that may be refused where a message is not as it was."""
        try:
            call()
        except RefusedError as error:
            if error.status == 401:
                raise
            return False
        return True

    def _delete(self, speaking: Speaking, reference: str) -> None:
        self._taken(lambda: speaking.delete(reference))

    def _account(self, speaking: Speaking, target: Target, id: str) -> Account:
        """How somebody is mentioned and called in a conversation."""
        place = target.place
        known = self._references.of_person(place.platform, place.team, id)
        if known is not None and known.account:
            return Account(known.account, known.name, id)
        path = f"v3/conversations/{in_path(speaking.reference.conversation)}/members/{in_path(id)}"
        try:
            address = speaking.reference.address
            found = self._web.call("GET", address, path, seconds=_STATUS_SECONDS, patience=0.0)
        except WellreadError:
            return Account(id, "", id)
        return Account(str(found.get("id") or id), str(found.get("name") or ""), id)
