"""Metadata sidecars: what they say of their documents, and what is only nearly one."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from wellread.domain.access.scope import is_audience_name
from wellread.domain.documents import (
    SIDECAR_SUFFIX,
    DocumentId,
    is_document_key,
    is_sidecar_key,
    sidecar_key,
)

_KNOWN = ("title", "link", "audience", "language")
_OTHER_NAMES = frozenset(
    "access accesscontrol accesslist acl allowed allowedgroups allowedusers groups permissions "
    "readers restricted restrictedto roles viewers visibility visibleto".split()
)
"""What other systems call an audience. Attributes of other names are none of our business."""
_TYPES = {"STRING": "stringValue", "STRING_LIST": "stringListValue"}
_ALIKE = 0.75
"""Of `SIDECAR_SUFFIX` and how another name goes on after the document's: ".METADATA.JSON",
".meta.json" and ".metadata (1).json" are above it, ".md.json", ".json" and ".md" below."""
_ALIKE_AUDIENCE = 0.7
_LENGTHS = range(len(SIDECAR_SUFFIX) // 2, 2 * len(SIDECAR_SUFFIX) + 1)


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
        root = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_entries_once)
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
    except (ValueError, RecursionError):
        return SidecarMetadata(
            error='The metadata sidecar is not JSON of the form {"metadataAttributes": {...}}.'
        )


def nearly_sidecars(document: DocumentId, beside: Sequence[str]) -> tuple[str, ...]:
    """The keys that seem to be meant as a document's sidecar and are not named as one.

    They go on after the document's name, with its extension or without, as a sidecar does, but for
    case, separators and typing mistakes.

    Args:
        document: Which.
        beside: Keys of the same folder.
    """
    others = {key for key in beside if not is_sidecar_key(key)} - {document}
    sidecars = {sidecar_key(DocumentId(key)) for key in (document, *others)}
    return tuple(
        key
        for key in beside
        if key != document
        and key not in sidecars
        and (found := _length_named(key, document))
        and not any(_length_named(key, other) > found for other in others - {key})
    )


def seems_sidecar(key: str) -> bool:
    """Whether a key ends as a sidecar's does, or nearly so, whatever document it is meant for."""
    name = key.rpartition("/")[2].casefold()
    return any(_goes_on(name[-length:]) for length in _LENGTHS if length < len(name))


def meant_for(key: str, beside: Sequence[str]) -> tuple[DocumentId, ...]:
    """The documents that a key may be meant as the sidecar of, among keys of its folder."""
    return tuple(
        DocumentId(other)
        for other in beside
        if other != key and is_document_key(other) and _length_named(key, other)
    )


def _length_named(key: str, document: str) -> int:
    """How much of a document's key a nearly-sidecar's begins with; 0 where it is none of it."""
    folded, whole = (unicodedata.normalize("NFC", each).casefold() for each in (key, document))
    folder, _, name = whole.rpartition("/")
    stem = f"{folder}/" * bool(folder) + (name.rpartition(".")[0] or name)
    return next(
        (
            len(begin)
            for begin in (whole, stem)
            if folded.startswith(begin) and _goes_on(folded[len(begin) :])
        ),
        0,
    )


def _goes_on(rest: str) -> bool:
    if len(rest) not in _LENGTHS:
        return False
    alike = SequenceMatcher(None, rest, SIDECAR_SUFFIX, autojunk=False).ratio() >= _ALIKE
    return alike or "metadata" in rest


def _entries_once(entries: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of an entry that is there twice JSON would silently keep the last."""
    found = dict(entries)
    if len(found) < len(entries):
        raise _NotUnderstoodError("The metadata sidecar has an entry twice in one object.")
    return found


def _entries(value: object, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _NotUnderstoodError(
            'The metadata sidecar is not JSON of the form {"metadataAttributes": {...}}.'
        )
    for name in sorted(value.keys() - set(known)):
        if meant := _meant(name):
            raise _NotUnderstoodError(
                f'The metadata sidecar has an entry "{name}", which is not known. If it means '
                f'"{meant}", write that, within "metadataAttributes"; or else name it otherwise.'
            )
    return value


def _meant(name: str) -> str | None:
    """Which of our attributes an entry's name seems to mean."""
    letters = "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
    if letters in _OTHER_NAMES or "audience" in letters:
        return "audience"
    if SequenceMatcher(None, letters, "audience", autojunk=False).ratio() >= _ALIKE_AUDIENCE:
        return "audience"
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
    value = values.get(name, "")
    if not isinstance(value, str):
        raise _wrong_type(name)
    return value.strip() or None


def _audience(values: Mapping[str, object]) -> frozenset[str]:
    value = values["audience"]
    names = value if isinstance(value, list) else [value]
    if not all(is_audience_name(name) for name in names):
        raise _wrong_type("audience")
    return frozenset(str(name).strip() for name in names)


def _wrong_type(name: str) -> _NotUnderstoodError:
    wanted = "a name or a list of names" if name == "audience" else "a text"
    return _NotUnderstoodError(f'The sidecar\'s "{name}" is not {wanted}.')
