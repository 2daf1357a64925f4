"""What a candidate must not have been trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wellread.domain.access.scope import shown
from wellread.domain.tune.manifests import Manifest

_NAMED = 3

Readable = Callable[[str, str], bool]
"""Whether a document may be read by everybody of an audience, by the rules of now."""


def faults_of(
    manifest: Manifest,
    rows: Iterable[Mapping[str, Any]],
    *,
    asked_about: frozenset[str],
    readable: Readable,
    prompt_version: str,
) -> list[str]:
    """What speaks against promoting whatever was trained on a dataset, as sentences.

    The rows count, whatever the manifest says of them.

    Args:
        manifest: Of the dataset.
        rows: The lines of its files.
        asked_about: Documents that the evaluation's questions are about.
        readable: Who may read what.
        prompt_version: Of the prompts that people's questions are put in.
    """
    used = set(manifest.documents)
    for row in rows:
        used |= {str(row["document"]), *map(str, row["sources"])}
    faults = []
    for audience in sorted(manifest.audiences):
        closed = sorted(document for document in used if not readable(document, audience))
        if closed:
            faults.append(
                f"The candidate was trained on {_count(closed)} that {shown(audience)!r} may not "
                f"read ({_some(closed)}), and would tell of them. Build the dataset anew."
            )
    if not manifest.audiences:
        faults.append("The dataset names no audience, so nobody may ask what was trained on it.")
    seen = sorted(used & (asked_about | manifest.held_out))
    if seen:
        faults.append(
            f"The candidate was trained on {_count(seen)} that the evaluation asks about "
            f"({_some(seen)}), so its figures prove nothing. Build the dataset anew."
        )
    if manifest.prompt_version != prompt_version:
        faults.append(
            "The candidate was trained on prompts of another version than those that people's "
            "questions are put in now. Build the dataset anew, and train again."
        )
    return faults


def _count(documents: list[str]) -> str:
    return "1 document" if len(documents) == 1 else f"{len(documents)} documents"


def _some(documents: list[str]) -> str:
    named = ", ".join(map(repr, documents[:_NAMED]))
    return named if len(documents) <= _NAMED else f"{named}, …"
