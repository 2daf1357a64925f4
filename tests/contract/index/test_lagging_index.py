"""What every passage index does that shows writes only after a while (`Lagging`)."""

from __future__ import annotations

from tests.contract.index.indexed_pieces import ALL, MODEL, documents, found, piece, query
from wellread.adapters.aws import opensearch_layout
from wellread.adapters.aws.opensearch_chunks import index_body
from wellread.domain.access.scope import Scope
from wellread.ports.index import Lagging

HR = Scope.of("hr")


def test_it_says_after_how_long_writes_show(lagging_index):
    assert isinstance(lagging_index, Lagging)
    assert lagging_index.lag_seconds > 0


def test_chunks_count_as_visible_once_a_search_finds_them(lagging_index, around):
    pieces = [piece(ordinal=n, write=f"w{n % 2}") for n in range(5)]
    lagging_index.add([*pieces, piece(write="other"), piece("b.md")], MODEL)
    assert lagging_index.visible("a.md", frozenset({"w0", "w1"})) <= 5

    around.settle()
    assert lagging_index.visible("a.md", frozenset({"w0", "w1"})) == 5
    assert lagging_index.visible("a.md", frozenset({"w0"})) == 3
    assert lagging_index.visible("a.md", frozenset({"w1", "never"})) == 2
    assert lagging_index.visible("a.md", frozenset()) == 0
    assert lagging_index.visible("c.md", frozenset({"w0"})) == 0
    assert len(lagging_index.search(query("plain", 0), ALL).vector) == 7


def test_nothing_is_visible_where_there_is_no_index(lagging_index):
    assert lagging_index.visible("a.md", frozenset({"w1"})) == 0


def test_what_a_deletion_did_not_see_a_later_sweep_deletes(lagging_index, around, clock):
    lagging_index.add([piece("a.md", write="w1"), piece("b.md")], MODEL)
    around.settle()
    lagging_index.add([piece("a.md", ordinal=n, write="late") for n in range(3)], MODEL)
    lagging_index.delete("a.md", frozenset({"b1"}))
    around.settle()

    clock.now += 120
    lagging_index.sweep("a.md", keep=frozenset(), before=clock.now - 60)
    around.settle()
    assert lagging_index.visible("a.md", frozenset({"w1", "late"})) == 0
    assert found(lagging_index, "plain", 0) == {"b.md"}


def test_deleting_again_what_still_shows_is_no_error(lagging_index, around):
    lagging_index.add([piece()], MODEL)
    around.settle()

    assert lagging_index.delete("a.md", frozenset({"b1"})) == 1
    assert lagging_index.delete("a.md", frozenset({"b1"})) == 0


def test_a_change_of_readers_that_came_too_early_is_made_up_for_later(lagging_index, around):
    lagging_index.add([piece()], MODEL)
    lagging_index.update_access("a.md", frozenset({"hr"}), own=frozenset({"hr"}))
    around.settle()
    lagging_index.update_access("a.md", frozenset({"hr"}), own=frozenset({"hr"}))
    around.settle()

    assert found(lagging_index, "plain", 0, ALL) == set()
    assert found(lagging_index, "plain", 0, HR) == {"a.md"}


def test_no_change_of_readers_loses_a_chunk_or_shows_it_twice(lagging_index, around, clock):
    """What one change wrote, the next does not see; so a chunk may be there several times."""
    lagging_index.add([piece(ordinal=n, degrees=n) for n in range(4)], MODEL)
    around.settle()
    for audience in ("hr", "it", "hr", "hr"):
        lagging_index.update_access("a.md", frozenset({audience}), own=frozenset({audience}))
    around.settle()

    hits = lagging_index.search(query("plain", 0), HR)
    for leg in (hits.lexical, hits.vector):
        assert [hit.chunk.ordinal for hit in leg] == [0, 1, 2, 3]
    assert lagging_index.visible("a.md", frozenset({"w1"})) == 4
    assert dict(lagging_index.inventory_of(["a.md"])["a.md"].writes) == {"w1": 4}

    lagging_index.update_access("a.md", frozenset({"hr"}), own=frozenset({"hr"}))
    around.settle()
    for _ in range(2):
        lagging_index.sweep("a.md", keep=frozenset({"w1"}), before=clock.now)
        around.settle()
    assert lagging_index.stats().chunks == 4
    hits = lagging_index.search(query("plain", 0), HR)
    assert [hit.chunk.ordinal for hit in hits.vector] == [0, 1, 2, 3]
    assert found(lagging_index, "plain", 0, ALL) == set()


def test_changed_readers_keep_the_vectors(lagging_index, around):
    lagging_index.add([piece("a.md", degrees=10), piece("b.md", degrees=20)], MODEL)
    around.settle()
    before = lagging_index.search(query(degrees=0), ALL).vector
    lagging_index.update_access(
        "a.md", frozenset({"everyone", "hr"}), own=frozenset({"everyone", "hr"})
    )
    around.settle()

    after = lagging_index.search(query(degrees=0), ALL).vector
    assert after == before
    assert documents(after) == ["a.md", "b.md"]


def test_an_index_made_without_the_places_of_words_is_searched_without_phrases(
    lagging_index, around, monkeypatch
):
    def before(engine):
        body = index_body(engine)
        body["mappings"]["properties"]["words"]["index_options"] = "freqs"
        return body

    monkeypatch.setattr(opensearch_layout, "index_body", before)
    lagging_index.add([piece("a.md", "at 10.7.0.3"), piece("b.md", "at 10.0.7.3")], MODEL)
    around.settle()

    assert found(lagging_index, "What is at 10.7.0.3?") == {"a.md", "b.md"}
    assert found(lagging_index, "checkin at ten") == set()


def test_a_long_question_full_of_unknown_words_is_no_error(lagging_index, around):
    lagging_index.add([piece("a.md", "plain words")], MODEL)
    around.settle()

    strange = " ".join(f"{letter}ngrhtlkwqvbnm" for letter in "abcdefghijklmnopqrstuvwxyz")
    assert found(lagging_index, f"{strange} plain") == {"a.md"}
