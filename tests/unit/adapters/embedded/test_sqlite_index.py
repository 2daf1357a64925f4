"""The passage index in the data file: following other processes, and states of its matrix."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from wellread.adapters.embedded import sqlite_index, sqlite_index_rows, sqlite_index_words
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_index import LexicalWeights, SqlitePassageIndex
from wellread.adapters.embedded.sqlite_schema import MIGRATIONS
from wellread.adapters.embedded.vector_matrix import VectorMatrix
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import Chunk, IndexedChunk
from wellread.domain.knowledge.errors import StorageFullError
from wellread.ports.index import PassageQuery

ALL = Scope.of("everyone")
CORE = Path(__file__).resolve().parents[4] / "layers" / "core"


@pytest.fixture
def index(database):
    return SqlitePassageIndex(database)


@pytest.fixture
def other(database):
    """The same index as another process has it: with a matrix of its own."""
    return SqlitePassageIndex(SqliteDatabase(database.path))


def piece(document, vector=(1.0, 0.0), text="words", audiences=("everyone",), title="", **chunk):
    ordinal = chunk.get("ordinal", 0)
    return IndexedChunk(
        document,
        "v1",
        "b1",
        "w1",
        Chunk(ordinal, 0, len(text), text, title),
        frozenset(audiences),
        vector,
    )


def nearest(index, vector=(1.0, 0.0), scope=ALL, limit=1000, model="m"):
    hits = index.search(PassageQuery("", vector, model, limit), scope).vector
    return [hit.document for hit in hits]


def test_what_another_process_writes_is_followed(index, other):
    index.add([piece("a.md"), piece("b.md", (0.0, 1.0))], "m")
    assert nearest(other) == ["a.md", "b.md"]

    index.add([piece("c.md", (0.9, 0.1))], "m")
    assert nearest(other) == ["a.md", "c.md", "b.md"]
    index.delete("a.md", frozenset({"b1"}))
    assert nearest(other) == ["c.md", "b.md"]
    index.update_access("c.md", frozenset({"hr"}), own=frozenset({"hr"}))
    assert nearest(other) == ["b.md"]
    other.add([piece("a.md", audiences=("hr",))], "m")
    assert nearest(index, scope=Scope.of("hr")) == ["a.md", "c.md"]


def test_a_process_that_missed_too_many_changes_reads_everything_again(index, other, monkeypatch):
    monkeypatch.setattr(sqlite_index, "FOLLOWED_CHANGES", 3)
    index.add([piece("a.md"), piece("b.md")], "m")
    assert nearest(other) == ["a.md", "b.md"]

    index.delete("a.md", frozenset({"b1"}))
    for number in range(6):
        index.add([piece(f"{number}.md")], "m")
        index.delete(f"{number}.md", frozenset({"b1"}))
    assert nearest(other) == ["b.md"]


def test_a_change_of_embedder_in_another_process_is_followed(index, other):
    index.add([piece("a.md"), piece("b.md", (0.0, 1.0))], "m")
    assert nearest(other) == ["a.md", "b.md"]

    index.put_vectors("new", {n: (0.0, float(n), 1.0) for n, _ in index.lacking("new", 9)})
    index.adopt("new", "setting")
    assert nearest(other, (0.0, 1.0, 0.0), model="new") == ["b.md", "a.md"]


def test_a_search_amid_a_transaction_is_refused_as_it_would_keep_what_may_be_undone(
    index, database
):
    with database.transaction():
        index.add([piece("a.md")], "m")
        with pytest.raises(RuntimeError):
            nearest(index)


def test_many_additions_and_deletions_leave_the_right_rows(index):
    for round_number in range(6):
        index.add([piece(f"{round_number}-{n}.md") for n in range(100)], "m")
        assert len(nearest(index)) == 100 + 10 * round_number
        for n in range(90):
            index.delete(f"{round_number}-{n}.md", frozenset({"b1"}))

    assert sorted(nearest(index)) == sorted(f"{r}-{n}.md" for r in range(6) for n in range(90, 100))


def test_a_full_disk_adds_nothing_and_keeps_both_legs_equal(index, database):
    index.add([piece("a.md")], "m")
    pages = database.connection().execute("PRAGMA page_count").fetchone()[0]
    database.connection().execute(f"PRAGMA max_page_count={pages + 4}")
    with pytest.raises(StorageFullError):
        index.add([piece(f"{n}.md", text="words " * 500) for n in range(50)], "m")

    assert nearest(index) == ["a.md"]
    assert len(index.search(PassageQuery("words", None, None), ALL).lexical) == 1
    database.connection().execute("PRAGMA max_page_count=1000000")
    index.add([piece("b.md")], "m")
    assert nearest(index) == ["a.md", "b.md"]


def test_a_column_that_weighs_more_ranks_higher(database, index):
    filler = "other things entirely " * 3
    index.add(
        [
            piece("text.md", text=f"leave leave {filler}", title="x"),
            piece("title.md", text=filler, title="leave"),
        ],
        "m",
    )
    query = PassageQuery("leave", None, None)

    plain = [hit.document for hit in index.search(query, ALL).lexical]
    weighted = SqlitePassageIndex(database, weights=LexicalWeights(title=20.0))
    assert plain == ["text.md", "title.md"]
    assert [h.document for h in weighted.search(query, ALL).lexical] == ["title.md", "text.md"]


def test_words_of_more_than_half_the_chunks_change_no_ranking(index, monkeypatch):
    index.add(
        [
            piece(f"{n}.md", text=f"acme {'backup ' * (n % 3)}{'window' if n % 7 == 0 else ''}")
            for n in range(60)
        ],
        "m",
    )

    def ranking(question):
        hits = index.search(PassageQuery(question, None, None, 5), ALL).lexical
        return [(hit.document, round(hit.score, 4)) for hit in hits]

    questions = ["acme window", "acme backup window", "acme", "acme nothing"]
    plain = [ranking(question) for question in questions]
    monkeypatch.setattr(sqlite_index_words, "LARGE_INDEX", 1)
    assert [ranking(question) for question in questions[:3]] == plain[:3]
    assert ranking("acme nothing") == []


def test_vectors_that_are_no_numbers_disturb_no_ranking(index):
    index.add([piece(f"{n}.md", (float("nan"), 0.0)) for n in range(5)], "m")
    index.add([piece("good.md")], "m")

    assert nearest(index, limit=1) == ["good.md"]


def test_a_narrow_scope_finds_the_same_as_a_wide_one(index):
    random = np.random.default_rng(0)
    vectors = random.standard_normal((400, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index.add(
        [
            piece(f"{n}.md", tuple(map(float, v)), audiences=("hr" if n % 20 == 0 else "everyone",))
            for n, v in enumerate(vectors)
        ],
        "m",
    )
    query = tuple(map(float, vectors[7]))
    ranking = [f"{n}.md" for n in np.argsort(-(vectors @ vectors[7]), kind="stable")]

    few = [name for name in ranking if int(name[:-3]) % 20 == 0]
    assert nearest(index, query, Scope.of("hr")) == few
    assert nearest(index, query, Scope.of("hr"), limit=3) == few[:3]
    assert nearest(index, query, Scope.of("hr", "everyone")) == ranking


def test_the_full_text_index_stays_whole_through_additions_and_deletions(index, database):
    for number in range(30):
        index.add([piece(f"{number}.md", text=f"words \0 number{number} ﬁ\ud800")], "m")
        if number % 3:
            index.delete(f"{number - 1}.md", frozenset({"b1"}))

    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO chunk_words (chunk_words, rank) VALUES ('integrity-check', 1)"
        )
    for table in ("chunk_text", "chunk_vector", "index_write", "index_document"):
        (rows,) = database.connection().execute(f"SELECT count(*) FROM {table}").fetchone()
        assert rows == index.stats().chunks, table


def test_processes_that_add_at_once_lose_no_chunk(tmp_path, index):
    code = """
import sys
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import Chunk, IndexedChunk
from wellread.ports.index import PassageQuery
index = SqlitePassageIndex(SqliteDatabase(sys.argv[1]))
for number in range(25):
    name = f"{sys.argv[2]}-{number}.md"
    chunk = Chunk(0, 0, 5, "words", "")
    index.add(
        [IndexedChunk(name, "v", "b", "w", chunk, frozenset({"everyone"}), (1.0, 0.0))], "m"
    )
    hits = index.search(PassageQuery("words", (1.0, 0.0), "m", 1000), Scope.of("everyone"))
    assert name in {hit.document for hit in hits.vector}
    assert {h.document for h in hits.vector} == {h.document for h in hits.lexical}
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "data.sqlite"), str(number)],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CORE)},
        )
        for number in range(2)
    ]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: [nearest(index) for _ in range(20)], range(2)))
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert len(nearest(index)) == 50


def test_an_earlier_state_of_the_matrix_is_not_changed_by_a_later_one():
    one = np.ones(2, dtype=np.float32)
    early = VectorMatrix(model="m", audience_sets={1: frozenset({"everyone"})})
    early = early.with_documents([(5, 1)]).with_vectors([(1, 10, 5, one.tobytes())])
    late = early.with_vectors([(2, 11, 5, (2 * one).tobytes())]).without([10])

    assert early.nearest(one, [1], 9) == [(10, 2.0)]
    assert late.nearest(one, [1], 9) == [(11, 4.0)]


def test_rows_of_deleted_chunks_are_given_back_once_they_are_the_most():
    one = np.ones(2, dtype=np.float32)
    matrix = VectorMatrix(model="m", audience_sets={1: frozenset({"everyone"})})
    matrix = matrix.with_documents([(5, 1)])
    matrix = matrix.with_vectors([(n, n, 5, one.tobytes()) for n in range(1, 11)])

    assert matrix.without(range(1, 4)).rows == 10
    small = matrix.without(range(1, 9))
    assert small.rows == 2
    assert small.nearest(one, [1], 9) == [(9, 2.0), (10, 2.0)]


def test_a_data_file_from_before_words_were_cut_is_searched_as_a_new_one(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_index_rows, "spaced", lambda text: text)
    before = SqliteDatabase(tmp_path / "data.sqlite", migrations=MIGRATIONS[:1])
    old = SqlitePassageIndex(before)
    old.add([piece("zh.md", text="停泊费每晚四十二元。"), piece("en.md", text="The fee")], "m")
    before.close()
    monkeypatch.undo()

    database = SqliteDatabase(tmp_path / "data.sqlite")
    index = SqlitePassageIndex(database)
    hits = index.search(PassageQuery("停泊费是多少？", None, None, 9), ALL).lexical
    assert [hit.chunk.text for hit in hits] == ["停泊费每晚四十二元。"]
    assert nearest(index) == ["en.md", "zh.md"]
    assert index.delete("zh.md", frozenset({"b1"})) == 1
    assert index.search(PassageQuery("停泊费", None, None, 9), ALL).lexical == ()
    database.close()


@pytest.mark.parametrize("huge", [False, True])
def test_a_word_is_found_in_the_compounds_that_it_begins_or_in_a_small_index_ends(
    index, monkeypatch, huge
):
    monkeypatch.setattr(sqlite_index_words, "HUGE_INDEX", 0 if huge else 20_000)
    index.add([piece("a.md", text="Die Liegeplatzgebühr"), piece("b.md", text="Das Haus")], "m")

    def found(question):
        hits = index.search(PassageQuery(question, None, None, 9), ALL).lexical
        return [hit.document for hit in hits]

    assert found("Liegeplatz") == ["a.md"]
    assert found("Gebühr") == ([] if huge else ["a.md"])


def test_what_was_meant_is_looked_for_again_after_a_change(index):
    index.add([piece("a.md", text="reimbursement")], "m")
    assert index.search(PassageQuery("reimbursemnet", None, None, 9), ALL).lexical

    index.add([piece("b.md", text="reimbursemnet", ordinal=1)], "m")
    hits = index.search(PassageQuery("reimbursemnet", None, None, 9), ALL).lexical
    assert [hit.document for hit in hits] == ["b.md"]
