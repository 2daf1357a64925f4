"""The settings document: one JSON object with the access rules and the identity rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from wellread.domain.access.rules import AccessRules, parse_access_rules
from wellread.domain.identity import IdentityRules, parse_identity_rules

_ACCESS_ENTRIES = frozenset({"default", "rules", "sidecars"})


class _RepeatedError(ValueError):
    """An object of the document has an entry twice."""


@dataclass(frozen=True, slots=True)
class SettingsDocument:
    """What the settings document says.

    Attributes:
        access: Who may read which documents.
        identity: Which callers of a deployed API belong to which audiences.
    """

    access: AccessRules = field(default_factory=AccessRules)
    identity: IdentityRules = field(default_factory=IdentityRules)


def parse_settings_document(data: bytes, roots: Sequence[str] = ()) -> SettingsDocument:
    """Read the settings document: `{"access": {...}, "identity": {...}}`, the latter if wanted.

    Args:
        data: The document.
        roots: What the documents' place is called; prefixes of rules may begin with it.

    Raises:
        ValueError: Saying what is wrong, so that it can follow "cannot be understood: ".
    """
    try:
        root = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_entries_once)
    except _RepeatedError as exc:
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
        rules = parse_access_rules(access, roots)
    except ValueError as exc:
        raise ValueError(f'in "access", {exc}') from exc
    try:
        return SettingsDocument(rules, parse_identity_rules(identity))
    except ValueError as exc:
        raise ValueError(f'in "identity", {exc}') from exc


def _entries_once(entries: list[tuple[str, object]]) -> dict[str, object]:
    """An object; of an entry that is there twice JSON would silently keep the last."""
    found: dict[str, object] = {}
    for name, value in entries:
        if name in found:
            raise _RepeatedError(name)
        found[name] = value
    return found
