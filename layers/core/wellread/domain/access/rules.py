"""Prefix rules, and who may read a document by them and by its sidecar."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from wellread.domain.access.prefixes import Nearness, Prefix, length_of, nearness, read_prefix
from wellread.domain.access.scope import EVERYONE, both, is_audience_name
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.knowledge.documents import DocumentId

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """Who may read the documents under a prefix.

    Attributes:
        prefix: In the form that `read_prefix` gives it.
        audience: None where a sidecar decides: without one the document stays unseen.
        problem: Why the rule cannot be understood: what is under its prefix is for nobody, whatever
            other rules and sidecars say. Empty where it can.
        readings: What else its prefix may have meant.
    """

    prefix: str
    audience: frozenset[str] | None
    problem: str = ""
    readings: tuple[str, ...] = ()


class Basis(StrEnum):
    """What decided who may read a document."""

    DEFAULT = "default"
    RULE = "rule"
    SIDECAR = "sidecar"
    REFUSED_RULE = "refused rule"
    NEAR_RULE = "near rule"
    WANTS_SIDECAR = "no sidecar"
    BROKEN_SIDECAR = "broken sidecar"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who may read a document, and why.

    Attributes:
        audiences: Empty means nobody.
        rule: The rule that spoke, or that nearly did; None where there is none.
    """

    audiences: frozenset[str]
    basis: Basis
    rule: PrefixRule | None = None


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The knowledge base's access rules: of those that match a document the longest prefix wins.

    What the letters and digits of a prefix match, though not the prefix itself ("HR/" or "h r/"
    where the rule says "hr/"), may be what the rule means. Where that would give others than what
    matches, and has more letters, the document is for nobody.

    Attributes:
        default: For documents that no rule covers; empty means nobody.
        narrow: Whether a sidecar can only narrow what the rules give, and not open more. Where a
            rule leaves it to the sidecar, that alone decides.
    """

    rules: tuple[PrefixRule, ...] = ()
    default: frozenset[str] = field(default=frozenset({EVERYONE}))
    narrow: bool = True

    @property
    def unsure(self) -> bool:
        """Whether some prefix may be read otherwise when other documents are there."""
        return any(rule.problem or rule.readings for rule in self.rules)

    def audiences(self, document: DocumentId, sidecar: SidecarMetadata | None) -> frozenset[str]:
        """Who may read a document; empty means nobody."""
        return self.decide(document, sidecar).audiences

    def decide(self, document: DocumentId, sidecar: SidecarMetadata | None) -> Decision:
        """Who may read a document, and why."""
        # A file system may keep names decomposed; a rule for "café/" means them however written.
        key = unicodedata.normalize("NFC", document)
        by_rules = self._by_rules(key)
        if by_rules.basis in (Basis.REFUSED_RULE, Basis.NEAR_RULE):
            return by_rules
        if sidecar is not None and sidecar.error is not None:
            return Decision(_NOBODY, Basis.BROKEN_SIDECAR, by_rules.rule)
        if sidecar is None or sidecar.audience is None:
            return by_rules
        own = sidecar.audience
        if self.narrow and by_rules.basis is not Basis.WANTS_SIDECAR:
            own = both(by_rules.audiences, own)
        return Decision(own, Basis.SIDECAR, by_rules.rule)

    def _by_rules(self, key: str) -> Decision:
        matching: PrefixRule | None = None
        near: list[tuple[Nearness, PrefixRule]] = []
        for rule in self.rules:
            exact = key.startswith(rule.prefix)
            if not exact:
                length = nearness((rule.prefix, *rule.readings), key, partly=bool(rule.problem))
                if length is None:
                    continue
                near.append((length, rule))
            elif matching is None or len(rule.prefix) > len(matching.prefix):
                matching = rule
            if rule.problem:
                return Decision(_NOBODY, Basis.REFUSED_RULE, rule)
        given = self._given(matching)
        least = length_of(matching.prefix) if matching else (0, 0)
        for length, rule in near:
            missed = self._given(rule)
            wants_sidecar = Basis.WANTS_SIDECAR in (missed.basis, given.basis)
            if length > least and (wants_sidecar or missed.audiences != given.audiences):
                return Decision(_NOBODY, Basis.NEAR_RULE, rule)
        return given

    def _given(self, rule: PrefixRule | None) -> Decision:
        if rule is None:
            return Decision(self.default, Basis.DEFAULT)
        if rule.audience is None:
            return Decision(_NOBODY, Basis.WANTS_SIDECAR, rule)
        return Decision(rule.audience, Basis.RULE, rule)


def parse_access_rules(
    root: Mapping[str, object],
    roots: Sequence[str] = (),
    begins: Callable[[str], bool] = lambda _: False,
) -> AccessRules:
    """Read the `access` part of the settings document.

    ```json
    {"default": ["everyone"], "sidecars": "narrow",
     "rules": [{"prefix": "hr/", "audience": ["hr"]},
               {"prefix": "board/", "audience": "sidecar"}]}
    ```

    Args:
        root: That part.
        roots: As `read_prefix` takes them.
        begins: As `read_prefix` takes it.

    Raises:
        ValueError: Naming the entry that is wrong.
    """
    default = _audience(root.get("default", [EVERYONE]), "default")
    sidecars = root.get("sidecars", "narrow")
    if sidecars not in ("narrow", "decide"):
        raise ValueError('"sidecars" must be "narrow" or "decide"')
    entries = root.get("rules", [])
    if not isinstance(entries, list):
        raise ValueError('"rules" must be a list of {"prefix", "audience"} entries')
    rules: list[PrefixRule] = []
    said: dict[str, str] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"rule {number}"
        rule = _rule(entry, where, lambda written: read_prefix(written, roots, begins))
        # Only one of them could hold, and it might be the more open one.
        if not rule.problem and (first := said.setdefault(rule.prefix, where)) != where:
            raise ValueError(f"{where} has the prefix of {first}: keep one of them")
        rules.append(rule)
    return AccessRules(tuple(rules), default, narrow=sidecars == "narrow")


def _rule(entry: object, where: str, read: Callable[[str], Prefix]) -> PrefixRule:
    if not isinstance(entry, dict) or not isinstance(entry.get("prefix"), str):
        raise ValueError(f'{where} needs a "prefix"')
    if "audience" not in entry:
        raise ValueError(f'{where} needs an "audience": a list of names, or "sidecar"')
    if unknown := sorted(entry.keys() - {"prefix", "audience"}):
        raise ValueError(f'{where} has an unknown entry "{unknown[0]}"')
    audience = entry["audience"]
    prefix = read(entry["prefix"])
    given = None if audience == "sidecar" else _audience(audience, where)
    return PrefixRule(prefix.text, given, prefix.problem, prefix.readings)


def _audience(value: object, where: str) -> frozenset[str]:
    if value == "nobody":
        return _NOBODY
    names = value if isinstance(value, list) else [value]
    if not all(is_audience_name(name) for name in names):
        raise ValueError(f'the audience of {where} must be a name, a list of names, or "nobody"')
    return frozenset(str(name).strip() for name in names)
