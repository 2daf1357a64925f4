"""The settings document: one JSON object with the access rules and the identity rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from wellread.domain.access.identity import IdentityRules, parse_identity_rules
from wellread.domain.access.json_objects import RepeatedEntryError, parse_json_once
from wellread.domain.access.rules import AccessRules, parse_access_rules

_ACCESS_ENTRIES = frozenset({"default", "rules", "sidecars"})


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """What the settings document says.

    Attributes:
        access: Who may read which documents.
        identity: Which callers of a deployed API belong to which audiences.
    """

    access: AccessRules = field(default_factory=AccessRules)
    identity: IdentityRules = field(default_factory=IdentityRules)


def parse_settings_document(
    data: bytes, roots: Sequence[str] = (), begins: Callable[[str], bool] = lambda _: False
) -> SettingsDocument:
    """Read the settings document: `{"access": {...}, "identity": {...}}`, the latter if wanted.

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
    if not isinstance(root, dict) or root.keys() - {"identity"} != {"access"}:
        raise ValueError(
            'it must be an object with the entry "access" and, where wanted, "identity"'
        )
    access, identity = root["access"], root.get("identity", {})
    if not isinstance(access, dict):
        raise ValueError('its "access" must be an object')
    if not isinstance(identity, dict):
        raise ValueError('its "identity" must be an object')
    if unknown := sorted(access.keys() - _ACCESS_ENTRIES):
        raise ValueError(f'"access" has an unknown entry "{unknown[0]}"')
    try:
        rules = parse_access_rules(access, roots, begins)
    except ValueError as exc:
        raise ValueError(f'in "access", {exc}') from exc
    try:
        return SettingsDocument(rules, parse_identity_rules(identity))
    except ValueError as exc:
        raise ValueError(f'in "identity", {exc}') from exc
