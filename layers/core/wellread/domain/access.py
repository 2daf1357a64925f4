"""Who may read what: audiences, scopes, prefix rules and metadata sidecars."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wellread.domain.documents import DocumentId

EVERYONE = "everyone"
"""The audience of all members (not guests)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose eyes an answer is for.

    A document is within the scope when every viewer is in at least one of its audiences, so the
    scope of a public place is the intersection of what its viewers may read.

    Attributes:
        viewers: For each viewer (or kind of viewer) the audiences they belong to. Never empty: a
            scope without viewers would permit everything, so it permits nothing.
    """

    viewers: frozenset[frozenset[str]]

    @classmethod
    def of(cls, *audiences: str) -> Scope:
        """The scope of one asker who belongs to these audiences."""
        return cls(frozenset({frozenset(audiences)}))

    def permits(self, audiences: Iterable[str]) -> bool:
        """Whether a document for these audiences may be used and shown."""
        allowed = frozenset(audiences)
        return bool(self.viewers) and all(viewer & allowed for viewer in self.viewers)


@dataclass(frozen=True, slots=True)
class Operator:
    """The person who runs wellread, on the machine itself: sees every document's state.

    Commands that look after the knowledge base take it in place of a scope. Nothing that answers
    questions does.
    """

    def permits(self, audiences: Iterable[str]) -> bool:  # noqa: ARG002 - the shape of Scope's
        """Whatever its audiences, the document may be looked after."""
        return True


@dataclass(frozen=True, slots=True)
class SidecarMetadata:
    """What a document's metadata sidecar says; None means it says nothing about that.

    Attributes:
        audience: Who may read the document.
        error: Set where the sidecar could not be understood: the document is then for nobody.
    """

    title: str | None = None
    link: str | None = None
    audience: frozenset[str] | None = None
    language: str | None = None
    error: str | None = None


def parse_sidecar(data: bytes) -> SidecarMetadata:
    """Read a Bedrock Knowledge Bases sidecar (`{"metadataAttributes": {...}}`).

    Both of its forms are read: `"title": "x"` and
    `"title": {"value": {"type": "STRING", "stringValue": "x"}}`. A sidecar that cannot be
    understood gives `error`, never an exception.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-metadata.html
    """
    try:
        root = json.loads(data.decode("utf-8-sig"))
        attributes = root["metadataAttributes"]
        if not isinstance(attributes, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        return SidecarMetadata(
            error='The metadata sidecar is not JSON of the form {"metadataAttributes": {...}}.'
        )
    values = {name: _plain_value(value) for name, value in attributes.items()}
    audience = values.get("audience")
    if isinstance(audience, str):
        audience = [audience]
    if audience is not None and not (
        isinstance(audience, list) and all(isinstance(a, str) and a.strip() for a in audience)
    ):
        return SidecarMetadata(error='The sidecar\'s "audience" is not a name or a list of names.')
    return SidecarMetadata(
        title=_text(values.get("title")),
        link=_text(values.get("link")),
        audience=None if audience is None else frozenset(a.strip() for a in audience),
        language=_text(values.get("language")),
    )


def _plain_value(value: object) -> object:
    if isinstance(value, dict) and isinstance(value.get("value"), dict):
        inner = value["value"]
        for name in ("stringValue", "stringListValue", "numberValue", "booleanValue"):
            if name in inner:
                return inner[name]
    return value


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """Who may read the documents under a prefix.

    Attributes:
        audience: None where a sidecar decides: without one the document stays unseen.
    """

    prefix: str
    audience: frozenset[str] | None

    @property
    def composed(self) -> str:
        """The prefix in the form in which keys are compared with it (NFC)."""
        return unicodedata.normalize("NFC", self.prefix)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The knowledge base's access rules: the longest matching prefix wins, a sidecar overrides it.

    Attributes:
        default: For documents that no rule covers; empty means nobody.
    """

    rules: tuple[PrefixRule, ...] = ()
    default: frozenset[str] = field(default=frozenset({EVERYONE}))

    def audiences(self, document: DocumentId, sidecar: SidecarMetadata | None) -> frozenset[str]:
        """Who may read a document; empty means nobody."""
        if sidecar is not None:
            if sidecar.error is not None:
                return frozenset()
            if sidecar.audience is not None:
                return sidecar.audience
        # A file system may keep names decomposed; a rule for "café/" means them however written.
        key = unicodedata.normalize("NFC", document)
        matching = [rule for rule in self.rules if key.startswith(rule.composed)]
        if not matching:
            return self.default
        return max(matching, key=lambda rule: len(rule.composed)).audience or frozenset()


def parse_access_rules(root: Mapping[str, object]) -> AccessRules:
    """Read the `access` part of the settings document.

    ```json
    {"default": ["everyone"], "rules": [{"prefix": "hr/", "audience": ["hr"]},
                                        {"prefix": "board/", "audience": "sidecar"}]}
    ```

    Raises:
        ValueError: Naming the entry that is wrong.
    """
    default = _audience(root.get("default", [EVERYONE]), "default")
    entries = root.get("rules", [])
    if not isinstance(entries, list):
        raise ValueError('"rules" must be a list of {"prefix", "audience"} entries')
    rules: list[PrefixRule] = []
    said: dict[str, str] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"rule {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("prefix"), str):
            raise ValueError(f'{where} needs a "prefix"')
        if "audience" not in entry:
            raise ValueError(f'{where} needs an "audience": a list of names, or "sidecar"')
        audience = entry["audience"]
        by_sidecar = audience == "sidecar"
        rule = PrefixRule(entry["prefix"], None if by_sidecar else _audience(audience, where))
        # Only one of them could hold, and it might be the more open one.
        if (first := said.setdefault(rule.composed, where)) != where:
            raise ValueError(f"{where} has the prefix of {first}: keep one of them")
        rules.append(rule)
    return AccessRules(tuple(rules), default)


def _audience(value: object, where: str) -> frozenset[str]:
    if value == "nobody":
        return frozenset()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(a, str) and a.strip() for a in value):
        raise ValueError(f'the audience of {where} must be a name, a list of names, or "nobody"')
    return frozenset(a.strip() for a in value)
