"""What there is in a tenant of the stand-in, as tests make it and look at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class RefusedError(Exception):
    """The stand-in refuses a call as the platform does."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(f"{status} {code}: {message}")

    @property
    def body(self) -> dict[str, Any]:
        """What is answered."""
        return {"error": {"code": self.code, "message": self.message}}


class SignInRefusedError(RefusedError):
    """The same of whoever gives tokens, which says it in another form."""

    @property
    def body(self) -> dict[str, Any]:
        said = {"error": self.code, "error_description": f"{self.message} Trace ID: 0000"}
        return said | {"error_codes": [int("".join(filter(str.isdigit, self.message)) or 0)]}


@dataclass
class Somebody:
    """A person, as rosters and Graph know them.

    Attributes:
        id: The object id in the directory; rosters say `account`, too.
        tenant: Another one than the bot's for federated people.
        role: "user", "owner", "guest" or "anonymous".
        known: Whether rosters say the object id.
        deactivated: Whether they may not sign in; the directory alone says that.
        invited: Whether they are from outside, as the directory and their principal name say.
    """

    id: str
    name: str
    tenant: str
    role: str = "user"
    known: bool = True
    deactivated: bool = False
    invited: bool = False
    bot: bool = False

    @property
    def account(self) -> str:
        return f"{28 if self.bot else 29}:{self.id}"


@dataclass
class Conversation:
    """A place.

    Attributes:
        kind: "personal", "groupChat" or "channel".
        team: The id of the channel's team.
        sort: Of a channel: "standard", "private" or "shared".
    """

    id: str
    kind: str
    members: list[str]
    team: str = ""
    sort: str = "standard"
    gone: bool = False


@dataclass
class Message:
    """Something of the bot's that can be seen, or could.

    Attributes:
        conversation: With the thread in it, as the call named it.
        activity: What was last said there.
        stream: "open", "final", or "" for what was said at once.
        shown: Each text that a stream showed, and when.
    """

    id: str
    conversation: str
    activity: dict[str, Any]
    stream: str = ""
    shown: list[tuple[float, str]] = field(default_factory=list)
    edits: int = 0
    deleted: bool = False

    @property
    def text(self) -> str:
        return str(self.activity.get("text") or "")


@dataclass(frozen=True)
class Call:
    """Something that came in: path with its query, headers in lower case, and the JSON body."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    at: float


@dataclass
class StoredFile:
    """A file in somebody's OneDrive."""

    id: str
    name: str
    content: bytes
