"""Datasets of the development sets: how many rows, what was dropped, and what must be zero.

The three counts are made here anew, by other code than what builds datasets.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.ingested_set import IngestedSet, ingested_set
from benchmarks.options import Options, Table, development_data
from wellread.bootstrap import embedded
from wellread.domain.access.scope import EVERYONE, Operator
from wellread.domain.ask.prompting import SMALL_MODEL_PASSAGE_CHARACTERS
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.tune.manifests import TRAIN, VALIDATION, Manifest

ROWS = 200
_SETS = ("devset", "contracts")
_RESTRICTED = 0.2
"""Share of the documents that a rule keeps for others while datasets are built."""
_NEAR = 0.5
"""A source with so many of its runs of words in one held-out document is nearly that one."""
_RUN = 5
_SOURCE = re.compile(r"^\[\d+\] source (\w+): [^\n]*\n(.*?)\nend of source \1", re.M | re.S)


def run_dataset(options: Options) -> list[Table]:
    """Build a dataset of each set."""
    found = (development_data(name) for name in _SETS)
    tables = []
    for folder in options.sets or tuple(path for path in found if path):
        with ingested_set(folder) as ingested, _restricted(ingested) as closed:
            began = time.monotonic()
            manifest = _build(ingested)
            seconds = time.monotonic() - began
            tables += _tables(folder.name, ingested, manifest, closed, seconds)
    return tables


def _build(ingested: IngestedSet) -> Manifest:
    asked = frozenset(
        DocumentId(name) for each in ingested.questions for name in (*each.gold, *each.related)
    )
    indexed = ingested.services.documents.registered().indexed
    return ingested.services.datasets.build(
        frozenset({EVERYONE}),
        # Where an evaluation asks about most documents, a share of them is held out as usual.
        held_out=asked if 2 * len(asked) < indexed else None,
        size=ROWS,
        passage_characters=SMALL_MODEL_PASSAGE_CHARACTERS,
        seed=0,
        progress=lambda _: None,
    )


def _tables(
    name: str,
    ingested: IngestedSet,
    manifest: Manifest,
    closed: frozenset[str],
    seconds: float,
) -> list[Table]:
    stored = ingested.services.stored_datasets
    rows = [
        json.loads(line)
        for part in (TRAIN, VALIDATION)
        for line in stored.lines(manifest.dataset, part)
    ]
    texts = {each: _text(ingested, each) for each in manifest.held_out}
    apart = {document: _runs(text) for document, text in texts.items() if text}
    wrong = {
        "spans that are not verbatim": sum(not _verbatim(ingested, row) for row in rows),
        "rows with held-out documents or near-duplicates": sum(
            _held_out(row, manifest.held_out, apart) for row in rows
        ),
        "rows with restricted documents": sum(
            not closed.isdisjoint({row["document"], *row["sources"]}) for row in rows
        ),
    }
    counts = Table(
        f"{name}: {manifest.dataset}, {seconds:.0f} s",
        ("what", "how many"),
        [(key, value) for key, value in sorted(manifest.counts.items())],
        f"{len(manifest.documents)} documents in it, {len(manifest.held_out)} held out, "
        f"{len(closed)} restricted.",
    )
    return [counts, Table(f"{name}: must be 0", ("what", "rows"), list(wrong.items()))]


def _verbatim(ingested: IngestedSet, row: Mapping[str, Any]) -> bool:
    span = row["span"]
    if span is None:
        return True
    opened = ingested.services.documents.open(Operator(), DocumentId(row["document"]))
    within = any(span["text"] in text for _, text in _SOURCE.findall(row["prompt"][-1]["content"]))
    return within and opened.text[span["start"] : span["end"]] == span["text"]


def _held_out(
    row: Mapping[str, Any], held_out: frozenset[str], apart: Mapping[str, set[tuple[str, ...]]]
) -> bool:
    if not held_out.isdisjoint({row["document"], *row["sources"]}):
        return True
    sources = [_runs(text) for _, text in _SOURCE.findall(row["prompt"][-1]["content"])]
    return any(
        runs and len(runs & held) >= _NEAR * len(runs)
        for runs in sources
        for held in apart.values()
    )


def _runs(text: str) -> set[tuple[str, ...]]:
    said = re.findall(r"\w+", text.lower())
    return {tuple(said[n : n + _RUN]) for n in range(len(said) - _RUN + 1)}


def _text(ingested: IngestedSet, document: str) -> str:
    with contextlib.suppress(Exception):
        return ingested.services.documents.open(Operator(), DocumentId(document)).text
    return ""


@contextlib.contextmanager
def _restricted(ingested: IngestedSet) -> Iterator[frozenset[str]]:
    """Some documents kept for others by rules, which go again with the benchmark."""
    services = ingested.services
    path = Path(services.settings.data) / embedded.RULES_NAME
    keys = [each.document for each in services.adapters.registry.list(limit=10_000)]
    closed = frozenset(key for key in keys if _drawn(key) < _RESTRICTED)
    rules = [{"prefix": key, "audience": "others"} for key in sorted(closed)]
    before = path.read_bytes() if path.exists() else None
    try:
        path.write_text(json.dumps({"access": {"rules": rules}}), encoding="utf-8")
        yield closed
    finally:
        # Rules that vanish close everything; so they are opened first.
        path.write_bytes(before if before is not None else b'{"access": {}}')
        services.access.refresh()
        if before is None:
            path.unlink()


def _drawn(key: str) -> float:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4]) / 2**32
