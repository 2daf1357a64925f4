"""Documents that are split together: versions of one another, by their names or their words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.tune.shingles import near_duplicates

VERSIONS = 0.6
"""Documents that have so much in common are versions of one another."""

HELD_OUT_SHARE = 0.2
"""Of families, where no evaluation says which documents it asks about."""

VALIDATION_SHARE = 0.12
"""Of the families that are learnt from, those by whose rows training is stopped early."""

_EXTENSION = re.compile(r"\.[^./]{1,5}$")
_VERSION = re.compile(
    r"[-_. ]*\(\d+\)|[-_. ]*(?:\b|(?<=_))(?:v(?:ersion)?[-_. ]?\d+(?:[._]\d+)*"
    r"|rev(?:ision)?[-_. ]?\d+"
    r"|(?:19|20)\d\d(?:[-_.]?[01]\d(?:[-_.]?[0-3]\d)?)?"
    r"|final|draft|copy|latest|old|new|entwurf|kopie|alt|neu)(?=\b|_)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Split:
    """Which documents are learnt from, and which are asked about.

    Attributes:
        family: The family of each document, named by the first of its documents.
        held_out: Asked about by the evaluation, and nothing of them is learnt.
        validation: Their rows say when to stop.
        training: Learnt from.
    """

    family: Mapping[DocumentId, str]
    held_out: frozenset[DocumentId]
    validation: frozenset[DocumentId]
    training: frozenset[DocumentId]


def families(texts: Mapping[DocumentId, frozenset[int]]) -> dict[DocumentId, str]:
    """The family of each document, named by the first of its documents in key order.

    Args:
        texts: Document → shingles.
    """
    first: dict[DocumentId, DocumentId] = {document: document for document in texts}

    def root(document: DocumentId) -> DocumentId:
        while first[document] != document:
            first[document] = first[first[document]]
            document = first[document]
        return document

    def join(one: DocumentId, other: DocumentId) -> None:
        small, large = sorted((root(one), root(other)))
        first[large] = small

    named: dict[str, DocumentId] = {}
    for document in sorted(texts):
        if name := versionless(document):
            join(named.setdefault(name, document), document)
    for one, other in near_duplicates(texts, VERSIONS):
        join(one, other)
    return {document: root(document) for document in sorted(texts)}


def split(
    family: Mapping[DocumentId, str], held_out: Collection[DocumentId] | None, seed: int
) -> Split:
    """Split documents by their families.

    Args:
        family: Of each document.
        held_out: The documents that an evaluation asks about: they and their families are held
            out. None has a share of the families held out, drawn by the seed.
        seed: Of what is drawn; the family's name decides, so that a new document moves no other.
    """
    if held_out is None:
        apart = {f for f in family.values() if _drawn(f, seed, "held out") < HELD_OUT_SHARE}
    else:
        apart = {family[document] for document in held_out if document in family}
    stops = {
        f
        for f in family.values()
        if f not in apart and _drawn(f, seed, "validation") < VALIDATION_SHARE
    }
    return Split(
        family=family,
        held_out=frozenset(held_out or ()) | {d for d, f in family.items() if f in apart},
        validation=frozenset(d for d, f in family.items() if f in stops),
        training=frozenset(d for d, f in family.items() if f not in apart | stops),
    )


def versionless(document: DocumentId) -> str:
    """A document's key without what tells its versions apart; empty where nothing else is left."""
    folder, slash, name = document.rpartition("/")
    stem = _EXTENSION.sub("", name)
    bare = _VERSION.sub("", stem).strip("-_. ")
    return f"{folder}{slash}{bare}".casefold() if bare else ""


def _drawn(family: str, seed: int, what: str) -> float:
    """A number from 0 up to 1 that looks drawn, and is the same every time."""
    text = f"{seed}\0{what}\0{family}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) / 2**64
