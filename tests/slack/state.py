"""A workspace's state, as tests make it and look at it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.faults import Faulty
from tests.slack.shapes import (
    Call,
    Conversation,
    Ephemeral,
    Message,
    ResponseUrl,
    Somebody,
    StoredFile,
)

BOT_TOKEN = "xoxb-wellread"
APP_TOKEN = "xapp-wellread"
SCOPES = frozenset(
    """app_mentions:read assistant:write channels:history channels:read chat:write commands
    files:read groups:history groups:read im:history usergroups:read users:read""".split()
)


class WorkspaceState(Faulty):
    """Who and what there is, and what has been said.

    The bot is `bot` (user `U0BOT`, bot id `B0BOT`, app `A0APP`) of the team `T0TEAM`.

    Attributes:
        tokens: The scopes of each token that is good; `revoked` has those that were.
        page_size: No list has longer pages than that, whatever is asked for.
        streams_refused: Slack's code where nobody may stream, such as "unknown_method".
        calls: All that came in, in order.
        views: The home of each person, by id; `modals` what was opened, by trigger.
    """

    team, bot, bot_id, app = "T0TEAM", "U0BOT", "B0BOT", "A0APP"

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[str, frozenset[str]] = {BOT_TOKEN: SCOPES}
        self.revoked: set[str] = set()
        self.app_tokens = {APP_TOKEN}
        self.socket_url = ""
        self.page_size = 100
        self.streams_refused = ""
        self.people: dict[str, Somebody] = {}
        self.groups: dict[str, list[str]] = {}
        self.conversations: dict[str, Conversation] = {}
        self.stored: list[Message] = []
        self.ephemerals: list[Ephemeral] = []
        self.files: dict[str, StoredFile] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.triggers: set[str] = set()
        self.statuses: dict[tuple[str, str], str] = {}
        self.status_history: list[tuple[str, str, str]] = []
        self.prompts: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.modals: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self.strayed: list[dict[str, str]] = []
        self._numbers = itertools.count(1)
        self._begun = int(time.time())
        self.add_person(self.bot, name="wellread", bot=True)

    # What a test sets up.

    def add_person(self, id: str, **more: Any) -> str:
        """Somebody new: a member, unless `guest`, `bot`, `deleted` or another `team` is said."""
        self.people[id] = Somebody(id, **{"name": id.lower(), "team": self.team, **more})
        return id

    def add_conversation(
        self, id: str, members: Iterable[str] = (), *, kind: str = "public", **more: Any
    ) -> str:
        """A place with these members and the bot; who is not known yet is added as a member."""
        found = list(dict.fromkeys((*members, self.bot)))
        for person in found:
            if person not in self.people:
                self.add_person(person)
        self.conversations[id] = Conversation(id, kind, found, **more)
        return id

    def add_direct(self, person: str, id: str = "") -> str:
        """The conversation of a person with the bot."""
        return self.add_conversation(id or f"D{person[1:]}", (person,), kind="im")

    def add_file(self, id: str, name: str, content: bytes, user: str, **more: Any) -> StoredFile:
        self.files[id] = StoredFile(id, name, content, user, **more)
        return self.files[id]

    def say(
        self, user: str, channel: str, text: str, thread: str = "", files: Iterable[str] = ()
    ) -> Message:
        """A person's own message."""
        with self.lock:
            shown = [self.file_object(self.files[id]) for id in files]
            return self.store(
                Message(self.next_ts(), channel, user, text, thread_ts=thread, files=shown)
            )

    def new_response_url(self, user: str, channel: str) -> str:
        path = f"/actions/{self.team}/{next(self._numbers)}/answer"
        self.response_urls[path] = ResponseUrl(path, user, channel)
        return self.url + path

    def new_trigger(self) -> str:
        trigger = f"{next(self._numbers)}.{self.team}"
        self.triggers.add(trigger)
        return trigger

    # What a test looks at.

    def visible(self, channel: str, thread: str | None = None) -> list[Message]:
        """The messages that can be seen in a place, or of one thread without what began it."""
        with self.lock:
            return [
                replace(message)
                for message in self.stored
                if message.channel == channel
                and not message.deleted
                and (thread is None or (message.thread_ts == thread and message.ts != thread))
            ]

    def replies(self, channel: str, thread: str | None = None) -> list[Message]:
        """Of those, the bot's."""
        return [each for each in self.visible(channel, thread) if each.bot_id == self.bot_id]

    def open_streams(self) -> list[Message]:
        with self.lock:
            return [each for each in self.stored if each.streaming == "open" and not each.deleted]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The arguments of a method's calls, in order."""
        return [call.arguments for call in self.calls if call.method == method]

    # What the methods need.

    @property
    def url(self) -> str:
        """The server's address, without a slash at its end; who serves the workspace says it."""
        raise NotImplementedError

    def next_ts(self) -> str:
        return f"{self._begun}.{next(self._numbers):06d}"

    def store(self, message: Message) -> Message:
        self.stored.append(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        for message in self.stored:
            if message.channel == channel and message.ts == ts and not message.deleted:
                return message
        return None

    def has_thread(self, channel: str, ts: str) -> bool:
        """Whether messages may be posted below one: it is there, or was and has replies."""
        return self.find(channel, ts) is not None or any(
            each.channel == channel and each.thread_ts == ts and not each.deleted
            for each in self.stored
        )

    def file_object(self, file: StoredFile) -> dict[str, Any]:
        address = f"{self.url}/files-pri/{self.team}-{file.id}/{file.id.lower()}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "mimetype": "application/octet-stream",
            "filetype": file.name.rpartition(".")[2],
            "size": len(file.content),
            "user": file.user,
            "mode": "external" if file.external else "hosted",
            "is_external": file.external,
            "url_private": address,
            "url_private_download": f"{address}/download",
        }
