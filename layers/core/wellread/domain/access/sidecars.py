"""Metadata sidecars: what they say of their documents, and what is only nearly one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from wellread.domain.access.json_objects import RepeatedEntryError, parse_json_once
from wellread.domain.access.scope import is_audience_name
from wellread.domain.knowledge.documents import (
    SIDECAR_SUFFIX,
    DocumentId,
    is_document_key,
    is_sidecar_key,
    sidecar_key,
)

_KNOWN = ("title", "link", "audience", "language")
_RESTRICTS = frozenset(
    """audience audiences acl acls reader readers readable viewer viewers viewable visible
    visibility principal principals permission permissions permit permitted allowed allow
    allowlist whitelist deny denied denylist blacklist restricted restriction restrictions
    confidential confidentiality classified clearance entitlement entitlements authorized
    authorised sensitivity""".split()
)
"""Words that speak of who may read, whatever stands beside them."""
_ALONE_RESTRICTS = frozenset(
    """access group groups groupid groupids role roles member members membership users public
    private secret secrecy hidden shared sharing""".split()
)
"""Words that do where nothing else is spoken of: "access_level", and not "product_group"."""
_BESIDE = frozenset(
    """user team security id ids list lists level levels control controls to for by with can may
    read reads view views who only is has of and or policy policies rule rules label
    labels""".split()
)
_WORD = re.compile("|".join(sorted(_RESTRICTS | _ALONE_RESTRICTS | _BESIDE, key=len)[::-1]))
_PARTS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_TYPES = {"STRING": "stringValue", "STRING_LIST": "stringListValue"}
_ALIKE = 0.75
"""Of `SIDECAR_SUFFIX` and how another name goes on after the document's: ".METADATA.JSON",
".meta.json" and ".metadata (1).json" are above it, ".md.json", ".json" and ".md" below."""
_ALIKE_AUDIENCE = 0.82
_ALIKE_METADATA = 0.8
_LENGTHS = range(len(".acl"), 2 * len(SIDECAR_SUFFIX) + 1)


_SPOKEN = re.compile(r"[._ -]+(\w+)(?:\.json5?|\.ya?ml)?")
_BEFORE = re.compile(r"^(?:[\s\u200b-\u200f\u2060\ufeff]|copy of\b|kopie von\b)++(?=[^.])")


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


class _NotUnderstoodError(ValueError):
    """What a sidecar says is not what a sidecar can say."""


def parse_sidecar(data: bytes) -> SidecarMetadata:
    """Read a Bedrock Knowledge Bases sidecar (`{"metadataAttributes": {...}}`).

    Both of its forms are read: `"title": "x"` and
    `"title": {"value": {"type": "STRING", "stringValue": "x"}}`. What is nearly one of our
    attributes, repeated or of another type may have meant to restrict, so it gives `error`, never
    an exception. Other attributes there may be as many as one likes.

    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-metadata.html
    """
    try:
        root = parse_json_once(data)
        outer = _entries(root, ("metadataAttributes",))
        said = _entries(outer.get("metadataAttributes"), _KNOWN)
        values = {name: _plain_value(name, said[name]) for name in _KNOWN if name in said}
        return SidecarMetadata(
            title=_text("title", values),
            link=_text("link", values),
            audience=_audience(values) if "audience" in values else None,
            language=_text("language", values),
        )
    except _NotUnderstoodError as error:
        return SidecarMetadata(error=str(error))
    except RepeatedEntryError:
        return SidecarMetadata(error="The metadata sidecar has an entry twice in one object.")
    except (ValueError, RecursionError):
        return SidecarMetadata(
            error='The metadata sidecar is not JSON of the form {"metadataAttributes": {...}}.'
        )


def nearly_sidecar(document: DocumentId, beside: Sequence[str]) -> str | None:
    """A key that seems to be meant as a document's sidecar and is not named as one, if any.

    It goes on after the document's name as a sidecar does, but for case, separators and typing
    mistakes; or after its name without the extension, and is JSON.

    Args:
        document: Which.
        beside: Keys of the same folder.
    """
    others = {key for key in beside if not is_sidecar_key(key)} | {document}
    sidecars = {sidecar_key(DocumentId(key)) for key in others}
    own = sidecar_key(document)
    backed_up = own if own in beside else None
    begins = {begin for other in others for begin in _begins(other)}
    mine = set(_begins(document))
    for key in beside:
        # Editors leave backups beside the sidecar that they saved.
        if key == document or key in sidecars or (backed_up and key.startswith(backed_up)):
            continue
        named = _longest_named(key, mine, whole=_folded(document))
        if named and named >= _longest_named(key, begins - set(_begins(key))):
            return key
    return None


def bases_of(key: str) -> tuple[DocumentId, ...]:
    """What a key may be the sidecar of, or the sidecar of something that begins so.

    There are none where it does not end as a sidecar's key does, or nearly so.
    """
    folder, slash, name = key.rpartition("/")
    folded = name.casefold()
    bases = (
        name[:-length] for length in _LENGTHS if length < len(name) and _goes_on(folded[-length:])
    )
    return tuple(DocumentId(folder + slash + base) for base in bases)


def meant_for(key: str, beside: Sequence[str]) -> tuple[DocumentId, ...]:
    """The documents that a key may be meant as the sidecar of, among keys of its folder."""
    return tuple(
        DocumentId(other)
        for other in beside
        if other != key
        and is_document_key(other)
        and _longest_named(key, set(_begins(other)), whole=_folded(other))
    )


def _begins(document: str) -> tuple[str, str]:
    """A document's key, and that without its extension, as they are compared."""
    whole = _folded(document)
    folder, slash, name = whole.rpartition("/")
    return whole, folder + slash + (name.rpartition(".")[0] or name)


def _longest_named(key: str, begins: set[str], *, whole: str = "") -> int:
    """The length of the longest of these that a key goes on after as a sidecar does; 0: of none.

    After what is no `whole` key of a document it must be JSON, too.
    """
    folded = _folded(key)
    for length in _LENGTHS:
        begin, rest = folded[:-length], folded[-length:]
        if begin in begins and _goes_on(rest) and (begin == whole or _is_json(rest)):
            return len(begin)
    return 0


def _is_json(rest: str) -> bool:
    return "meta" in rest and "json" in rest


def _goes_on(rest: str) -> bool:
    if len(rest) not in _LENGTHS:
        return False
    alike = SequenceMatcher(None, rest, SIDECAR_SUFFIX, autojunk=False).ratio() >= _ALIKE
    if alike or "metadata" in rest:
        return True
    spoken = _SPOKEN.fullmatch(rest)
    return spoken is not None and (
        _meant(spoken[1]) == "audience"
        or SequenceMatcher(None, spoken[1], "metadata", autojunk=False).ratio() >= _ALIKE_METADATA
    )


def _folded(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    return unicodedata.normalize("NFC", folder).casefold() + slash + folded_name(name)


def folded_name(name: str) -> str:
    """A name in a folder as it is compared: without case, and without what copying puts before."""
    return _BEFORE.sub("", unicodedata.normalize("NFC", name).casefold())


def _entries(value: object, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _NotUnderstoodError(
            'The metadata sidecar is not JSON of the form {"metadataAttributes": {...}}.'
        )
    others = {name: inner for name, inner in value.items() if name not in known}
    for name in (*others, *_restricting(others)):
        if meant := _meant(name):
            raise _NotUnderstoodError(
                f'The metadata sidecar has an entry "{name}", which is not known. If it means '
                f'"{meant}", write that in its place; or else name it otherwise.'
            )
    return value


def _restricting(value: object) -> Iterator[str]:
    """The names at any depth that speak of who may read."""
    if isinstance(value, dict):
        yield from (name for name in value if _meant(name) == "audience")
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _restricting(inner)


def _meant(name: str) -> str | None:
    """Which of our entries a name seems to mean."""
    plain = unicodedata.normalize("NFKC", name)
    letters = "".join(filter(str.isalnum, plain.casefold()))
    words = _WORD.findall(letters)
    if "".join(words) == letters and not _BESIDE.issuperset(words):
        return "audience"
    for part in (letters, *(part.casefold() for part in _PARTS.findall(plain))):
        alike = SequenceMatcher(None, part, "audience", autojunk=False).ratio() >= _ALIKE_AUDIENCE
        if alike or part in _RESTRICTS or "audience" in part:
            return "audience"
    if letters in ("metadataattributes", "metadataattribute"):
        return "metadataAttributes"
    return letters if letters in _KNOWN else None


def _plain_value(name: str, value: object) -> object:
    if not isinstance(value, dict):
        return value
    inner = value.get("value")
    if value.keys() - {"value", "includeForEmbedding"} or not isinstance(inner, dict):
        raise _wrong_type(name)
    held = _TYPES.get(str(inner.get("type")))
    if held is None or inner.keys() != {"type", held}:
        raise _wrong_type(name)
    return inner[held]


def _text(name: str, values: Mapping[str, object]) -> str | None:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise _wrong_type(name)
    return None if value is None else str(value).strip() or None


def _audience(values: Mapping[str, object]) -> frozenset[str]:
    value = values["audience"]
    names = value if isinstance(value, list) else [value]
    if not all(is_audience_name(name) for name in names):
        raise _wrong_type("audience")
    return frozenset(str(name).strip() for name in names)


def _wrong_type(name: str) -> _NotUnderstoodError:
    wanted = "a name or a list of names" if name == "audience" else "a text"
    return _NotUnderstoodError(f'The sidecar\'s "{name}" is not {wanted}.')
