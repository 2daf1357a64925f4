"""From a reply that did not help to a human who does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from wellread.domain.access.chat_rules import PlatformRules
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Feedback, GivenFeedback
from wellread.domain.ask.answers import HandOver as Step
from wellread.domain.ask.links import Links
from wellread.domain.ask.questions import Place, ThreadId, Turn
from wellread.domain.chat.events import HandOverResolved, HumanAsked, MessageKey
from wellread.domain.chat.members import Called
from wellread.domain.chat.said import SaidHandOver, SaidNotice
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.documents import file_name
from wellread.domain.knowledge.errors import NotFoundError, PermanentError, TransientError
from wellread.domain.text.names import shown_name
from wellread.ports.access import ChatRulesSource
from wellread.ports.ask import ThreadStore
from wellread.ports.chat import Platform, Target
from wellread.ports.ingest import DocumentRegistry
from wellread.services.access.presence import Presence
from wellread.services.ask.feedback import FeedbackCollection, turn_of
from wellread.services.chat.judged_turns import owner_for
from wellread.services.chat.proposals import Proposals
from wellread.services.chat.saying import Sayings
from wellread.services.chat.viewers import Viewers

logger = logging.getLogger(__name__)

_NO_HELPERS = (
    "Nobody is named here who answers what I cannot. Whoever runs wellread can name a group of "
    "helpers in its settings."
)
_GONE = "This reply is not kept any more, so I cannot pass it on. Please ask the question again."
_NOT_FROM_HERE = (
    "The people who help do not read along here, and no place is set up in which I could ask them. "
    "Please ask the question again where they read along."
)
_NO_PLACE = (
    "Those that `helpers` names are in none of the places where they could be asked, or cannot be "
    "looked up. Add them to the conversation, name one that they are in as `approvals`, or, where "
    "`helpers` is a person, have them write to the bot once."
)
_PASSED_ON = (
    "I passed your question on to the people who help. They see who asked, and will get back to "
    "you."
)


class HandOver:
    """Asks helpers, once a reply, and keeps who asked and who answered."""

    def __init__(
        self,
        threads: ThreadStore,
        feedback: FeedbackCollection,
        registry: DocumentRegistry,
        presence: Presence,
        viewers: Viewers,
        rules: ChatRulesSource,
        sayings: Sayings,
        proposals: Proposals,
        *,
        links: Callable[[Scope], Links],
    ) -> None:
        """Nobody was asked yet.

        Args:
            threads: Know what was asked and answered.
            feedback: Keeps who asked, and who answered.
            registry: Knows the documents.
            presence: Knows which of them somebody may see now.
            viewers: Know who will see the message.
            rules: Say who helps, and where they are asked what was asked in private.
            sayings: Say it once.
            proposals: Find what a human answered.
            links: What opens documents for those who see the message.
        """
        self._threads = threads
        self._feedback = feedback
        self._registry = registry
        self._presence = presence
        self._viewers = viewers
        self._rules = rules
        self._sayings = sayings
        self._proposals = proposals
        self._links = links

    def handle(
        self, event: HumanAsked | HandOverResolved, platform: Platform, attempt: Attempt
    ) -> None:
        """Ask a human; or say that one has answered.

        Raises:
            TransientError: Deliver it again.
            DeliveryError: The platform lets nobody say anything.
        """
        if isinstance(event, HumanAsked):
            self._ask(event, platform, attempt)
        else:
            self._resolve(event, platform, attempt)

    def _ask(self, event: HumanAsked, platform: Platform, attempt: Attempt) -> None:
        rules = self._rules.chat().of(event.key.platform)
        owner = owner_for(self._threads, event.thread, event)
        turn = self._turn(event)
        if not rules.helpers or owner is None or turn is None or turn.erased:
            self._tell(event, platform, _GONE if rules.helpers else _NO_HELPERS)
            return
        # What somebody asked alone is asked in the open nowhere but among those who help.
        private = event.direct or not isinstance(owner, Place)
        found = self._asked_at(event, platform, rules, attempt, private=private)
        if found is None:
            logger.error("nobody who helps can be asked", extra={"why": _NO_PLACE})
            self._tell(event, platform, _NOT_FROM_HERE)
            return
        where, called = found
        if where == event.place:
            seen = self._viewers.of(event, platform.membership, last=attempt.last)
        else:
            seen = self._viewers.of_place(where, platform.membership, last=attempt.last)
        said = self._said(event, turn, seen.scope, called or (rules.helpers,))
        said = replace(said, unheard=not called)
        self._sayings.once(platform, Target(where, _key(event, Step.ASKED), event.person), said)
        self._keep(event, Step.ASKED)
        if where != event.place:
            self._tell(event, platform, _PASSED_ON)

    def _asked_at(
        self,
        event: HumanAsked,
        platform: Platform,
        rules: PlatformRules,
        attempt: Attempt,
        *,
        private: bool,
    ) -> tuple[Place, tuple[str, ...]] | None:
        """Where those who help are asked, and whom to mention; None where there is no place.

        They are asked where one of them reads along, or else alone. Where neither can be, it is
        said where they are expected, for somebody to see it.
        """

        def called(place: Place) -> Called:
            try:
                return platform.membership.called(place, rules.helpers)
            except (TransientError, PermanentError) as error:
                if isinstance(error, TransientError) and not attempt.last:
                    raise
                logger.warning("helpers cannot be looked up", extra={"why": str(error)})
                return Called()

        approvals = replace(event.place, conversation=rules.approvals, thread="")
        places = [] if private else [event.place]
        places += [approvals] if rules.approvals else []
        alone = None
        for place in places:
            found = called(place)
            if found.ids:
                return place, found.ids
            alone = alone or found.alone
        alone = alone if places else called(event.place).alone
        if alone is not None:
            return alone, (rules.helpers,)
        if places:
            logger.warning("nobody is called to a question", extra={"why": _NO_PLACE})
            return places[0], ()
        return None

    def _tell(self, event: HumanAsked, platform: Platform, text: str) -> None:
        """Say something to whoever clicked, or below the reply where nobody is told alone."""
        if event.direct or event.reply_url:
            self._sayings.tell(event, platform, text)
            return
        key = _key(event, Step.ASKED)
        target = Target(event.place, replace(key, message=f"told:{key.message}"), event.person)
        self._sayings.once(platform, target, SaidNotice(text))

    def _resolve(self, event: HandOverResolved, platform: Platform, attempt: Attempt) -> None:
        rules = self._rules.chat().of(event.key.platform)
        if not self._may_be_asked_at(event, rules):
            self._sayings.tell(event, platform, _GONE)
            return
        seen = self._viewers.of(event, platform.membership, last=attempt.last)
        turn = self._turn(event)
        said = self._said(event, turn, seen.scope, (rules.helpers,))
        target = Target(event.place, _key(event, Step.RESOLVED), event.person)
        resolved = replace(said, resolved_by=event.person.id)
        # A click says what its sender likes: nothing but what was asked is said otherwise.
        asked = self._sayings.replies.look(_key(event, Step.ASKED))
        there = (asked.references or (event.reference,)) if asked else ()
        self._sayings.once(platform, target, resolved, there)
        answered = None
        if turn is not None and not turn.erased:
            reference = there[0] if there else event.reference
            answered = self._proposals.of(event, platform, turn, reference, last=attempt.last)
        self._keep(event, Step.RESOLVED, answered)

    def _may_be_asked_at(self, event: HandOverResolved, rules: PlatformRules) -> bool:
        """Whether those who help may have been asked there about that reply."""
        if event.place.conversation == rules.approvals or (
            event.direct and event.person.id == rules.helpers
        ):
            return True
        return owner_for(self._threads, event.thread, event) is not None

    def _said(
        self,
        event: HumanAsked | HandOverResolved,
        turn: Turn | None,
        scope: Scope,
        helpers: tuple[str, ...],
    ) -> SaidHandOver:
        """The message, with nothing in it that not all may see who read it."""
        drawn_on = turn.drawn_on if turn else frozenset()
        visible = self._presence.permitted(self._registry.get_many(sorted(drawn_on)), scope)
        named = {each: visible[each].active for each in visible if turn and each in turn.documents}
        links = self._links(scope)
        return SaidHandOver(
            helpers=helpers,
            question=turn.question if turn else "",
            asked_by=_id_of(turn) or (event.person.id if isinstance(event, HumanAsked) else ""),
            found=turn.answer if turn and visible.keys() >= drawn_on else "",
            links=tuple(
                (
                    shown_name(build.title) or shown_name(file_name(each)),
                    links(each, build.revision),
                )
                for each, build in sorted(named.items())
                if build is not None
            ),
            thread=event.thread,
            turn=event.turn,
        )

    def _turn(self, event: HumanAsked | HandOverResolved) -> Turn | None:
        return turn_of(self._threads, ThreadId(event.thread), event.turn)

    def _keep(
        self, event: HumanAsked | HandOverResolved, step: Step, answered: str | None = None
    ) -> None:
        said = Feedback(ThreadId(event.thread), event.turn, step, correction=answered)
        given = GivenFeedback(said, event.person.asker, event.key.platform, event.at)
        try:
            self._feedback.keep(given)
        except NotFoundError as error:
            logger.info("a hand-over is not kept", extra={"why": str(error)})


def _key(event: HumanAsked | HandOverResolved, step: Step) -> MessageKey:
    """Of what is said about a reply, whoever clicks, and wherever."""
    return replace(event.key, conversation="", message=f"{step}:{event.thread}:{event.turn}")


def _id_of(turn: Turn | None) -> str:
    """The platform's id of who asked a turn; empty where they are not known."""
    return turn.asker.split(":", 2)[-1] if turn and turn.asker else ""
