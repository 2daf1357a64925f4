"""A tenant's state, as tests make it and look at it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from tests.faults import Faulty
from tests.teams.shapes import Call, Conversation, Message, Somebody, StoredFile

TENANT = "0a1b2c3d-0000-4000-8000-00000000ac3e"
CLIENT_ID = "5f6e7d8c-0000-4000-8000-0000000000b0"
CLIENT_SECRET = "teams-secret"


class TenantState(Faulty):
    """Who and what there is, and what has been said.

    Calls fail by these names: "token", "typing", "stream" (also its end), "send", "update",
    "delete", "members", "teams", "graph", "users", "files", "keys". A fault's `error` is the code
    of a 403, or its message.

    Attributes:
        page_size: No roster has longer pages than that, whatever is asked for.
        streams_refused: The words with which nobody may stream; empty where all may.
        makes_two: Whether text with a card becomes two messages, of which none is named.
        pace: Least seconds between two calls of a stream.
        longest: Most seconds of a stream.
        token_seconds: How long a token is good.
        token_refusal: With what nobody gets one, such as "AADSTS7000222: …"; empty where they do.
        graph_roles: The app's permissions of Graph, which tokens say that are given then.
        too_fast: Calls of a stream that came too early.
        refused_at: When one was refused for its rate last, on demand.
        clock: The time that streams are measured by.
        calls: All that came in, in order.
        refusals: What was refused, and why.
        strayed: What nothing should have asked for.
        key_ids: Of the keys that incoming tokens are signed with now.
        unmentionable: Ids that no message may mention.
    """

    tenant, client_id, client_secret = TENANT, CLIENT_ID, CLIENT_SECRET
    bot, bot_name = f"28:{CLIENT_ID}", "wellread"

    def __init__(self) -> None:
        super().__init__()
        self.page_size = 100
        self.streams_refused = ""
        self.makes_two = False
        self.pace, self.longest = 1.0, 120.0
        self.token_seconds = 3600
        self.token_refusal = ""
        self.graph_roles = {"User.Read.All", "GroupMember.Read.All"}
        self.too_fast = 0
        self.refused_at = float("-inf")
        self.clock: Callable[[], float] = time.monotonic
        self.people: dict[str, Somebody] = {}
        self.groups: dict[str, list[str]] = {}
        self.conversations: dict[str, Conversation] = {}
        self.teams: dict[str, list[str]] = {}
        self.stored: list[Message] = []
        self.typed: list[str] = []
        self.files: dict[str, StoredFile] = {}
        self.calls: list[Call] = []
        self.tokens: dict[str, str] = {}
        self.refusals: list[str] = []
        self.strayed: list[str] = []
        self.key_ids = ["key-1"]
        self.unmentionable: set[str] = set()
        self._numbers = itertools.count(1)

    # What a test sets up.

    def add_person(self, id: str, **more: Any) -> Somebody:
        """Somebody new: a user of the tenant, unless `role`, `tenant`… say something else."""
        self.people[id] = Somebody(id, **{"name": id.title(), "tenant": self.tenant, **more})
        return self.people[id]

    def add_conversation(
        self, id: str, members: Iterable[str], kind: str = "groupChat", **more: Any
    ) -> Conversation:
        """A place with these members and the bot; who is not known yet is added as a user."""
        found = list(dict.fromkeys(members))
        for person in found:
            if person not in self.people:
                self.add_person(person)
        self.conversations[id] = Conversation(id, kind, found, **more)
        return self.conversations[id]

    def add_personal(self, person: str, id: str = "") -> Conversation:
        """The conversation of a person with the bot."""
        return self.add_conversation(id or f"a:{person}", (person,), "personal")

    def add_channel(
        self, id: str, members: Iterable[str], team: str = "19:team@thread.tacv2", **more: Any
    ) -> Conversation:
        """A channel of a team."""
        self.teams.setdefault(team, []).append(id)
        return self.add_conversation(id, members, "channel", team=team, **more)

    def add_file(self, id: str, name: str, content: bytes) -> StoredFile:
        self.files[id] = StoredFile(id, name, content)
        return self.files[id]

    def cancel_streams(self) -> None:
        """Somebody pressed Stop."""
        with self.lock:
            for message in self.open_streams():
                self._own(message).stream = "cancelled"

    # What a test looks at.

    def visible(self, conversation: str, thread: str = "") -> list[Message]:
        """What the bot said and can be seen, of one thread where one is named."""
        with self.lock:
            return [
                replace(each)
                for each in self.stored
                if each.conversation == threaded(conversation, thread) and not each.deleted
            ]

    def open_streams(self) -> list[Message]:
        with self.lock:
            return [m for m in self.stored if m.stream == "open" and not m.deleted]

    def called(self, method: str, part: str = "") -> list[Call]:
        """The calls by a method whose path holds this."""
        return [each for each in self.calls if each.method == method and part in each.path]

    # What the server needs.

    @property
    def url(self) -> str:
        """The server's address; who serves the tenant says it."""
        raise NotImplementedError

    def next_id(self) -> str:
        return f"{1_700_000_000_000 + next(self._numbers)}"

    def find(self, id: str) -> Message | None:
        return next((m for m in self.stored if m.id == id and not m.deleted), None)

    def _own(self, message: Message) -> Message:
        return next(each for each in self.stored if each.id == message.id)


def threaded(conversation: str, thread: str) -> str:
    """A conversation's id with a thread of it."""
    return f"{conversation};messageid={thread}" if thread else conversation
