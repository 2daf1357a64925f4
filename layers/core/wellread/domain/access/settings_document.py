"""The settings document: one JSON object with the rules of access, of identity and of chats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wellread.domain.access.chat_rules import ChatRules, parse_chat_rules
from wellread.domain.access.identity import IdentityRules, parse_identity_rules
from wellread.domain.access.json_objects import RepeatedEntryError, parse_json_once
from wellread.domain.access.prefixes import read_prefix
from wellread.domain.access.rules import AccessRules, parse_access_rules

_Rules = TypeVar("_Rules")
_IF_WANTED = frozenset({"identity", "chat"})
_ACCESS_ENTRIES = frozenset({"default", "rules", "sidecars"})


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """What the settings document says.

    Attributes:
        access: Who may read which documents.
        identity: Which callers of a deployed API belong to which audiences.
        chat: Which people of chats do, and what happens in which of their places.
    """

    access: AccessRules = field(default_factory=AccessRules)
    identity: IdentityRules = field(default_factory=IdentityRules)
    chat: ChatRules = field(default_factory=ChatRules)

    @property
    def unsure(self) -> bool:
        """Whether some prefix may be read otherwise when other documents are there."""
        return self.access.unsure or self.chat.unsure


def parse_settings_document(
    data: bytes, roots: Sequence[str] = (), begins: Callable[[str], bool] = lambda _: False
) -> SettingsDocument:
    """Read the settings document: `{"access": {...}, "identity": {...}, "chat": {...}}`.

    The last two are there if wanted.

    Args:
        data: The document.
        roots: What the documents' place is called; prefixes of rules may begin with it.
        begins: Whether there is a document whose key begins so.

    Raises:
        ValueError: Saying what is wrong, so that it can follow "cannot be understood: ".
    """
    try:
        root = parse_json_once(data)
    except RepeatedEntryError as exc:
        raise ValueError(f'it has the entry "{exc}" twice in one object') from exc
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"it is not JSON ({exc})") from exc
    # A misspelt or missing entry would silently leave documents open to everyone.
    if not isinstance(root, dict) or root.keys() - _IF_WANTED != {"access"}:
        raise ValueError(
            'it must be an object with the entry "access" and, where wanted, "identity" and "chat"'
        )

    def access(part: Mapping[str, object]) -> AccessRules:
        if unknown := sorted(part.keys() - _ACCESS_ENTRIES):
            raise ValueError(f'there is an unknown entry "{unknown[0]}"')
        return parse_access_rules(part, roots, begins)

    def chat(part: Mapping[str, object]) -> ChatRules:
        return parse_chat_rules(part, lambda written: read_prefix(written, roots, begins))

    return SettingsDocument(
        _part(root, "access", access),
        _part(root, "identity", parse_identity_rules),
        _part(root, "chat", chat),
    )


def _part(
    root: Mapping[str, object], name: str, parse: Callable[[Mapping[str, object]], _Rules]
) -> _Rules:
    part = root.get(name, {})
    if not isinstance(part, dict):
        raise ValueError(f'its "{name}" must be an object')
    try:
        return parse(part)
    except ValueError as exc:
        raise ValueError(f'in "{name}", {exc}') from exc
