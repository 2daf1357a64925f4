"""The lexical leg of a large index: it leaves out work, and no hit."""

from __future__ import annotations

import random

import pytest

from wellread.adapters.embedded import sqlite_index_words
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import Chunk, IndexedChunk
from wellread.ports.index import PassageQuery

WORDS = [f"word{number}" for number in range(300)]
WEIGHTS = [1.0 / (rank + 1) for rank in range(300)]


@pytest.fixture
def index(database):
    return SqlitePassageIndex(database)


def fill(index, texts, audiences=("everyone",)):
    index.add(
        [
            IndexedChunk(
                document=f"{number}.md",
                revision="v1",
                build="b1",
                write="w1",
                chunk=Chunk(0, 0, len(text), text, ""),
                audiences=frozenset(audiences[number % len(audiences) :][:1]),
                vector=None,
            )
            for number, text in enumerate(texts)
        ],
        None,
    )


def sentences(chance, count):
    return [" ".join(chance.choices(WORDS, WEIGHTS, k=chance.randint(3, 40))) for _ in range(count)]


def ranking(index, question, limit=10, who="everyone"):
    hits = index.search(PassageQuery(question, None, None, limit), Scope.of(who)).lexical
    return [(hit.document, round(hit.score, 6)) for hit in hits]


@pytest.mark.parametrize("share", [0.1, 0.4, 0.9])
def test_a_large_index_ranks_as_if_all_matches_were_scored(index, monkeypatch, share):
    chance = random.Random(11)
    fill(index, sentences(chance, 600), ("everyone", "staff"))
    # Words of more than half of the chunks are a case of their own.
    questions = [
        " ".join(chance.sample(WORDS[6:], chance.randint(1, 7))) + (" nowhere" * (n % 2))
        for n in range(60)
    ]
    asked = [
        (q, limit, who) for q in questions for limit in (1, 10) for who in ("everyone", "staff")
    ]
    plain = [ranking(index, *each) for each in asked]
    monkeypatch.setattr(sqlite_index_words, "LARGE_INDEX", 1)
    monkeypatch.setattr(sqlite_index_words, "COMMON_SHARE", share)

    assert [ranking(index, *each) for each in asked] == plain
    assert sum(map(bool, plain)) > 200


def test_matches_of_common_words_alone_are_not_scored(index, database, monkeypatch):
    fill(index, ["common filler"] * 200 + ["common rare"] * 20 + ["filler"] * 300)
    monkeypatch.setattr(sqlite_index_words, "LARGE_INDEX", 1)
    asked = []
    database.connection().set_trace_callback(asked.append)

    assert len(ranking(index, "common rare", limit=5)) == 5
    scored = [statement for statement in asked if "w.rank MATCH" in statement]
    both, rare_alone = (statement.split("MATCH ")[1] for statement in scored)
    assert both.startswith("""'(("rare") AND ("common"))'""")
    assert rare_alone.startswith("""'("rare") NOT ("common")'""")


def test_words_are_counted_again_after_a_change(index, monkeypatch):
    monkeypatch.setattr(sqlite_index_words, "LARGE_INDEX", 1)
    fill(index, ["alpha"] * 2 + ["filler"] * 20)
    assert ranking(index, "beta") == []
    index.delete("0.md", frozenset({"b1"}))
    fill(index, ["beta"])

    assert [document for document, _ in ranking(index, "beta")] == ["0.md"]
