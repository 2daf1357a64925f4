"""What a workspace holds: people, conversations, messages, files, and what may go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Somebody:
    """A user as `users.info` tells of them.

    `guest` is "" for a full member, "multi" or "single" for the two kinds of guests.
    """

    id: str
    name: str
    team: str
    guest: str = ""
    bot: bool = False
    deleted: bool = False

    def as_user(self, own_team: str) -> dict[str, Any]:
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": self.deleted,
            "is_bot": self.bot,
            "is_app_user": False,
            "profile": {"real_name": self.name, "display_name": self.name, "team": self.team},
        }
        if self.team != own_team:
            user["is_stranger"] = True
        elif not self.deleted:
            user["is_restricted"] = bool(self.guest)
            user["is_ultra_restricted"] = self.guest == "single"
        return user


@dataclass
class Conversation:
    """A place; `kind` is "public", "private", "im" or "mpim"."""

    id: str
    kind: str
    members: list[str]
    shared: bool = False
    archived: bool = False
    topic: str = ""

    def as_channel(self) -> dict[str, Any]:
        # Slack tells of group direct messages as of private conversations, and sets both marks.
        return {
            "id": self.id,
            "name": self.id.lower(),
            "is_channel": self.kind == "public",
            "is_group": self.kind in ("private", "mpim"),
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_archived": self.archived,
            "is_shared": self.shared,
            "is_ext_shared": self.shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
        }


@dataclass
class Message:
    """A message, as it is and as it was."""

    ts: str
    channel: str
    user: str
    text: str = ""
    markdown: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    thread_ts: str = ""
    bot_id: str = ""
    streaming: str = ""
    """"" for one that was posted whole, "open" or "done"."""
    unfurl_links: bool = True
    unfurl_media: bool = True
    deleted: bool = False
    edited: bool = False
    files: list[dict[str, Any]] = field(default_factory=list)
    was: list[tuple[str, str, list[dict[str, Any]]]] = field(default_factory=list)

    def as_message(self, *, all_metadata: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "type": "message",
            "ts": self.ts,
            "user": self.user,
            "text": self.text or self.markdown,
            "blocks": self.blocks,
        }
        optional = {
            "thread_ts": self.thread_ts,
            "bot_id": self.bot_id,
            "files": self.files,
            "metadata": self.metadata if all_metadata else None,
            "edited": {"user": self.user, "ts": self.ts} if self.edited else None,
        }
        return shown | {name: value for name, value in optional.items() if value}


@dataclass
class Ephemeral:
    """What one person alone sees, by a response URL or `chat.postEphemeral`."""

    user: str
    channel: str
    text: str
    blocks: list[dict[str, Any]]
    response_url: str = ""
    in_channel: bool = False


@dataclass
class StoredFile:
    """A file in the workspace.

    `serves` is what its address answers with: "content", "redirect" (to another host), "login"
    (Slack's page of HTML, with status 200), "gone" (404) or "endless" (more than it says).
    """

    id: str
    name: str
    content: bytes
    user: str
    serves: str = "content"
    external: bool = False


@dataclass
class ResponseUrl:
    """Where an interaction or a command may be answered: five times in half an hour."""

    path: str
    user: str
    channel: str
    left: int = 5
    expired: bool = False


@dataclass(frozen=True)
class Call:
    """One call as it came in."""

    method: str
    arguments: dict[str, Any]
    token: str


class RefusedError(Exception):
    """An answer with `ok` false."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.answer = {"ok": False, "error": error, **more}
