"""The benchmarks' inputs and figures; they themselves are run by hand (docs/benchmarks.md)."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.__main__ import BENCHMARKS
from benchmarks.documents import LETTER, LONG_AGO, REPORT, make_documents, sections_of
from benchmarks.ingest import LOADERS
from benchmarks.lag import Change, newest_shown, times_of
from benchmarks.measuring import interleaved, table
from benchmarks.quoting import fit
from benchmarks.texts import Writer
from wellread.domain.ingest.records import Build, DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, RevisionId


def test_benchmarks_read_the_same_texts_at_every_run(tmp_path: Path) -> None:
    first = make_documents(tmp_path / "first", "md", (LETTER,))
    again = make_documents(tmp_path / "again", "md", (LETTER,))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert len({path.read_bytes() for path in first}) == LETTER.copies
    digest = hashlib.sha256(first[0].read_bytes()).hexdigest()
    assert digest == "de858b38ca6b81d0ca930f9992d3fadcf19d6d464c6d468c2b974299ff7e7254"
    assert {path.stat().st_mtime for path in first} == {LONG_AGO}


def test_the_words_of_benchmarks_are_as_uneven_as_those_of_real_text() -> None:
    words = re.findall(r"[a-z]+", " ".join(Writer(3).paragraph(2000).lower().split()))
    counts = sorted((words.count(word) for word in set(words)), reverse=True)

    assert counts[0] > len(words) / 30
    assert sum(count == 1 for count in counts) > len(counts) / 3


def test_a_report_has_headings_lists_and_tables() -> None:
    sections = sections_of(Writer(1), REPORT)

    assert {section.level for section in sections} == {1, 2}
    assert any(section.items for section in sections)
    assert all(len(row) == 4 for section in sections for row in section.table)
    assert sum(bool(section.table) for section in sections) == len(sections) // 2


def test_sides_take_turns_in_going_first() -> None:
    order: list[str] = []
    results = interleaved(2, lambda: order.append("a") or 1, lambda: order.append("b") or 2)

    assert order == ["a", "b", "b", "a"]
    assert results == [[1, 1], [2, 2]]


def test_figures_are_shown_with_three_digits() -> None:
    shown = table(("a", "b", "c", "d"), [("pdf", 0.12345, 1234.5, None)])

    assert shown.splitlines()[-1] == "| pdf | 0.123 | 1,234 |  |"


def test_the_manual_names_every_benchmark_and_its_loaders(repository: Path) -> None:
    manual = (repository / "docs/benchmarks.md").read_text("utf-8")

    assert set(re.findall(r"^\| `([\w-]+)` \|", manual, re.MULTILINE)) == set(BENCHMARKS)
    assert [each for some in LOADERS.values() for each in some if each not in manual] == []


def test_declines_are_fitted_to_tell_the_two_kinds_of_question_apart() -> None:
    rng = np.random.default_rng(1)
    known = np.arange(200) % 3 > 0
    signs = rng.normal(size=(200, 2))
    signs[:, 0] += 2.0 * known
    weights, bias = fit({"a": (signs[:100], known[:100]), "b": (signs[100:], known[100:])})
    sure = 1 / (1 + np.exp(-(signs @ weights + bias)))

    assert weights[0] > 5 * abs(weights[1])
    assert ((sure >= 0.5) == known).mean() > 0.8


def test_a_change_shows_once_the_registry_names_it_or_something_newer() -> None:
    changes = [Change(1.0, "aaaaaaaaaaaa"), Change(2.0, None), Change(3.0, "bbbbbbbbbbbb")]

    assert newest_shown(changes, record("v1-aaaaaaaaaaaa")) == 1
    assert newest_shown(changes, record(None)) == 2
    assert newest_shown(changes, record("v3-bbbbbbbbbbbb")) == 3
    assert newest_shown(changes, record("v0-000000000000")) == 0
    assert newest_shown(changes, None) == 2


def test_changes_come_in_order_and_many_of_them_at_once() -> None:
    times = list(times_of(random.Random(1), 1000, rate=10.0))

    assert times == sorted(times)
    assert 990 <= len(times) <= 1000
    assert max(Counter(times).values()) > 40


def record(revision: str | None) -> DocumentRecord:
    build = Build("b", RevisionId(revision), "", batches=1, chunks=1) if revision else None
    return DocumentRecord(
        document=DocumentId("a.md"),
        status=DocumentStatus.INDEXED,
        revision=None,
        audiences=frozenset({"everyone"}),
        received_at=0.0,
        updated_at=0.0,
        active=build,
        deleted=revision is None,
    )
