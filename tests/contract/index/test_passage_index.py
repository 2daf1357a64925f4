"""What every passage index does; all of them can be swept."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.index.indexed_pieces import ALL, MODEL, documents, found, piece, query
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.errors import ModelMismatchError


def test_a_chunk_comes_back_as_it_was_added(index):
    added = piece(
        "ü/a b.md",
        "Leave \0 of \ud800 thirty days — ﬁnal cafe\u0301",
        ordinal=3,
        title="Handbook\udcff",
        path=("People > Rules", "Leave"),
        revision="v7",
        write="w9",
    )
    index.add([added], MODEL)

    hits = index.search(query("thirty", 0), ALL)
    for (hit,) in (hits.lexical, hits.vector):
        assert hit.chunk == added.chunk
        assert (hit.document, hit.revision, hit.write) == ("ü/a b.md", "v7", "w9")


def test_a_new_index_finds_nothing(index):
    hits = index.search(query("anything", 0), ALL)

    assert (hits.lexical, hits.vector) == ((), ())
    assert index.stats().chunks == 0
    assert index.stats().model_version is None


def test_the_vector_leg_ranks_by_cosine(index):
    index.add([piece(f"{d}.md", degrees=d) for d in (90, 10, 45, 180)], MODEL)

    hits = index.search(query(degrees=0), ALL).vector
    assert documents(hits) == ["10.md", "45.md", "90.md", "180.md"]
    assert hits[1].cosine == pytest.approx(math.cos(math.radians(45)), abs=1e-5)
    assert hits[1].score == hits[1].cosine


def test_the_lexical_leg_ranks_by_words_and_its_scores_are_positive(index):
    index.add(
        [
            piece("both.md", "the backup window of the database"),
            piece("one.md", "the database and many other things that are of no interest here"),
            piece("none.md", "cooking pasta"),
        ],
        MODEL,
    )

    hits = index.search(query("database backup"), ALL).lexical
    assert documents(hits) == ["both.md", "one.md"]
    assert hits[0].score > hits[1].score > 0
    assert hits[0].cosine is None


def test_words_match_in_other_forms_titles_and_headings(index):
    index.add(
        [
            piece("text.md", "She was encrypting the Café's volumes"),
            piece("title.md", "x", title="Volume encryption"),
            piece("heading.md", "x", path=("Encrypted volumes",)),
            piece("ligature.md", "the con\ufb01guration"),
        ],
        MODEL,
    )

    assert found(index, "encrypt VOLUME") == {"text.md", "title.md", "heading.md"}
    assert found(index, "cafe\u0301") == {"text.md"}
    assert found(index, "configurations") == {"ligature.md"}


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "AND OR NOT",
        "a* ^b NEAR(c d)",
        "title:plain -x",
        "'; DROP TABLE chunk; --",
        "()\0\ud800",
    ],
)
def test_nothing_in_a_question_is_query_syntax(index, question):
    index.add([piece(text="plain words")], MODEL)

    index.search(query(question), ALL)
    assert found(index, f"{question} plain") == {"a.md"}


def test_a_question_without_words_finds_nothing_by_words(index):
    index.add([piece(text="plain words")], MODEL)

    for question in ("", "  ", "?!", "\0"):
        assert index.search(query(question), ALL).lexical == ()


def test_stop_words_count_only_where_there_is_nothing_else(index):
    index.add([piece("who.md", "To be or not to be"), piece("pay.md", "The salary")], MODEL)

    assert found(index, "what is the salary to be") == {"pay.md"}
    assert found(index, "to be or not to be") == {"who.md"}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("The buoy is at 10.7.0.3 today", "What is at 10.7.0.3?"),
        ("Part 400-600-500 is a hinge", "What is part 400-600-500?"),
        ("E5512 says that the belt stands", "error 5512"),
        ("E5512 says that the belt stands", "What does E-5512 say?"),
        ("Alarm B-305 is for low water", "What does B305 mean?"),
        ("Bolt M6x25 holds the door", "What does M6 x 25 hold?"),
        ("Set HTTPPort to ninety", "Which http port?"),
        ("The http port is ninety", "Which HTTPPort?"),
        ("A cooperative keeps the dock", "Who runs the co-operative?"),
        ("Check-in ends at nine", "When does checkin end?"),
    ],
)
def test_the_whole_of_an_identifier_is_found_in_every_spelling(index, written, asked):
    others = ["10.0.7.3 and 10.3.7.0", "500-600-400, 600-400-500", "E5521 or B503 and M25x6"]
    index.add([piece(f"{n}.md", text) for n, text in enumerate([*others, written])], MODEL)

    assert documents(index.search(query(asked), ALL).lexical)[0] == "3.md"


@pytest.mark.parametrize(
    "asked", ["reimbursment", "reimbursemetn", "riembursement", "reimbursementt", "reimburzement"]
)
def test_a_mistyped_word_finds_the_one_that_was_meant(index, asked):
    index.add([piece("a.md", "Reimbursement of travel"), piece("b.md", "Other rules")], MODEL)

    assert found(index, f"Who gets {asked}?") == {"a.md"}


def test_a_word_that_is_there_is_not_taken_for_another(index):
    index.add([piece("a.md", "The winter tariff"), piece("b.md", "The hinter land")], MODEL)

    assert found(index, "winter") == {"a.md"}
    assert found(index, "splinter") == set()


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("船坞规则。停泊费每晚四十二元。", "停泊费是多少？"),
        ("係留料は一泊四十二クローネです。", "係留料はいくらですか？"),
        ("정박료는 하룻밤에 42 크로네입니다.", "정박료가 얼마입니까?"),
    ],
)
def test_words_without_spaces_between_them_are_found_in_a_sentence(index, written, asked):
    added = piece("a.md", written)
    index.add([added, piece("b.md", "別の規則、其他规定, 다른 규칙")], MODEL)

    hits = index.search(query(asked), ALL).lexical
    assert documents(hits) == ["a.md"]
    assert hits[0].chunk == added.chunk


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Die Gebühr für den Liegeplatz", "Wie hoch ist die Liegeplatzgebühr?"),
        ("Die Liegeplatzgebühr", "Was kostet der Liegeplatz?"),
        ("Matkalaskun maksu", "Mikä on matkalaskumaksu?"),
    ],
)
def test_a_compound_is_found_by_its_parts(index, written, asked):
    index.add([piece("a.md", written), piece("b.md", "Kaffee und Kuchen, kahvi ja pulla")], MODEL)

    assert found(index, asked) == {"a.md"}


def test_at_most_as_many_hits_as_wanted_come_from_each_leg(index):
    index.add([piece(f"{n}.md", "same words", degrees=n) for n in range(9)], MODEL)

    hits = index.search(query("words", 0, limit=4), ALL)
    assert (len(hits.lexical), len(hits.vector)) == (4, 4)
    assert documents(hits.vector) == ["0.md", "1.md", "2.md", "3.md"]
    assert index.search(query("words", 0, limit=0), ALL).vector == ()


def test_ties_have_one_order_whatever_was_added_first(index):
    names = ["c.md", "a.md", "d.md", "b.md"]
    index.add([piece(name, ordinal=o) for name in names for o in (1, 0)], MODEL)

    hits = index.search(query("plain", 0), ALL)
    for leg in (hits.lexical, hits.vector):
        assert [(p.document, p.chunk.ordinal) for p in leg] == [
            (name, o) for name in sorted(names) for o in (0, 1)
        ]


def test_documents_out_of_scope_are_found_by_neither_leg(index):
    index.add([piece("open.md")], MODEL)
    index.add([piece("hr.md", audiences=frozenset({"hr"}))], MODEL)
    index.add([piece("nobody.md", audiences=frozenset())], MODEL)
    index.add([piece("both.md", audiences=frozenset({"hr", "everyone"}))], MODEL)

    assert found(index, "plain", 0, Scope.of("everyone")) == {"open.md", "both.md"}
    assert found(index, "plain", 0, Scope.of("hr")) == {"hr.md", "both.md"}
    assert found(index, "plain", 0, Scope.of("hr", "everyone")) == {"open.md", "hr.md", "both.md"}
    assert found(index, "plain", 0, Scope.of("guest")) == set()
    assert found(index, "plain", 0, Scope.of()) == set()


def test_with_several_viewers_only_what_each_may_read_is_found(index):
    index.add([piece("open.md")], MODEL)
    index.add([piece("hr.md", audiences=frozenset({"hr"}))], MODEL)
    index.add([piece("it.md", audiences=frozenset({"it"}))], MODEL)
    index.add([piece("hr-or-it.md", audiences=frozenset({"hr", "it"}))], MODEL)

    hr, it = frozenset({"everyone", "hr"}), frozenset({"everyone", "it"})
    assert found(index, "plain", 0, Scope(frozenset({hr, it}))) == {"open.md", "hr-or-it.md"}
    assert found(index, "plain", 0, Scope(frozenset({hr, frozenset({"guest"})}))) == set()
    assert found(index, "plain", 0, Scope(frozenset())) == set()


def test_the_scope_filters_before_the_limit_is_applied(index):
    index.add([piece(f"secret{n}.md", audiences=frozenset({"hr"})) for n in range(30)], MODEL)
    index.add([piece("open.md", "plain words and a few more of them", degrees=80)], MODEL)

    hits = index.search(query("plain", 0, limit=2), ALL)
    assert documents(hits.lexical) == documents(hits.vector) == ["open.md"]


def test_a_search_within_documents_finds_nothing_else_and_its_limit_is_theirs(index):
    index.add([piece(f"other{n}.md", ordinal=o) for n in range(20) for o in (0, 1)], MODEL)
    index.add(
        [piece("lamp.md", "plain words and more", ordinal=n, degrees=70) for n in (1, 0)], MODEL
    )
    index.add([piece("a b/ü.md", "plain words and a few more", degrees=80)], MODEL)

    two = frozenset({"lamp.md", "a b/ü.md", "unknown.md"})
    hits = index.search(query("plain", 0, limit=3, within=two), ALL)
    for leg in (hits.lexical, hits.vector):
        assert [(p.document, p.chunk.ordinal) for p in leg] == [
            ("lamp.md", 0),
            ("lamp.md", 1),
            ("a b/ü.md", 0),
        ]
    one = index.search(query("plain", 0, limit=1, within=frozenset({"a b/ü.md"})), ALL)
    assert documents(one.lexical) == documents(one.vector) == ["a b/ü.md"]


@pytest.mark.parametrize("within", [frozenset(), frozenset({"unknown.md"})])
def test_a_search_within_no_known_document_finds_nothing(index, within):
    index.add([piece("a.md")], MODEL)

    hits = index.search(query("plain", 0, within=within), ALL)
    assert (hits.lexical, hits.vector) == ((), ())


def test_a_search_within_a_document_out_of_scope_finds_nothing(index):
    index.add([piece("open.md"), piece("hr.md", audiences=frozenset({"hr"}))], MODEL)

    within = frozenset({"hr.md"})
    hits = index.search(query("plain", 0, within=within), ALL)
    assert (hits.lexical, hits.vector) == ((), ())
    hits = index.search(query("plain", 0, within=within), Scope.of("hr"))
    assert documents(hits.lexical) == documents(hits.vector) == ["hr.md"]


def test_a_changed_audience_holds_from_the_next_search_on(index):
    index.add([piece("a.md"), piece("b.md")], MODEL)
    assert found(index, "plain", 0) == {"a.md", "b.md"}

    index.update_access("a.md", frozenset({"hr"}), own=frozenset({"hr"}))
    assert found(index, "plain", 0) == {"b.md"}
    assert found(index, "plain", 0, Scope.of("hr")) == {"a.md"}

    index.update_access("a.md", frozenset({"everyone"}), own=frozenset({"everyone"}))
    assert found(index, "plain", 0) == {"a.md", "b.md"}


def test_audiences_of_an_unknown_document_are_no_error(index):
    index.update_access("nope.md", frozenset({"hr"}), own=frozenset({"hr"}))

    assert index.stats().chunks == 0


def test_deleting_builds_leaves_other_builds_and_documents(index):
    index.add([piece("a.md", ordinal=n) for n in range(3)], MODEL)
    index.add([piece("a.md", build="b2", write="w2", revision="v2")], MODEL)
    index.add([piece("b.md")], MODEL)
    found(index, "plain", 0)

    assert index.delete("a.md", frozenset({"b1", "never"})) == 3
    assert index.delete("a.md", frozenset({"b1"})) == 0
    hits = index.search(query("plain", 0), ALL)
    for leg in (hits.lexical, hits.vector):
        assert [(p.document, p.write) for p in leg] == [("a.md", "w2"), ("b.md", "w1")]
    assert index.stats().chunks == 2


def test_a_document_can_be_added_again_after_all_of_it_was_deleted(index):
    index.add([piece("a.md", audiences=frozenset({"hr"}))], MODEL)
    index.delete("a.md", frozenset({"b1"}))
    assert found(index, "plain", 0, Scope.of("hr", "everyone")) == set()

    index.add([piece("a.md", build="b2", write="w2")], MODEL)
    assert found(index, "plain", 0) == {"a.md"}


def test_deleting_an_unknown_document_deletes_nothing(index):
    index.add([piece("a.md")], MODEL)

    assert index.delete("b.md", frozenset({"b1"})) == 0
    assert index.delete("a.md", frozenset()) == 0
    assert index.stats().chunks == 1


def test_chunks_without_vectors_are_found_by_words(index):
    index.add([piece("words.md", degrees=None)], None)

    assert documents(index.search(query("plain"), ALL).lexical) == ["words.md"]
    assert index.search(query("plain", 0), ALL).vector == ()
    assert index.stats().model_version is None


def test_the_first_vectors_decide_the_model(index):
    index.add([piece("words.md", degrees=None)], None)
    index.add([piece("vector.md")], MODEL)

    assert index.stats().model_version == MODEL
    assert index.stats().embedder == "packaged"


def test_vectors_of_another_model_are_refused_and_nothing_is_added(index):
    index.add([piece("a.md")], MODEL)

    with pytest.raises(ModelMismatchError):
        index.add([piece("words.md", degrees=None), piece("b.md")], "other@1")
    with pytest.raises(ModelMismatchError):
        index.add([piece("b.md", vector=(1.0, 0.0))], MODEL)
    assert index.stats().chunks == 1
    assert found(index, "plain", 0) == {"a.md"}


def test_a_question_of_another_model_is_refused(index):
    index.add([piece("a.md")], MODEL)

    with pytest.raises(ModelMismatchError):
        index.search(query("plain", 0, model="other@1"), ALL)
    assert documents(index.search(query("plain"), ALL).lexical) == ["a.md"]


def test_additions_and_searches_from_many_threads_agree(index):
    def add(number):
        index.add([piece(f"{number}.md", f"topic{number} plain", degrees=number)], MODEL)
        return found(index, f"topic{number}") == {f"{number}.md"}

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(add, range(40)))
    assert len(found(index, "plain", 0)) == 40
    assert len(index.search(query(degrees=0), ALL).vector) == 40


def test_a_search_never_sees_half_of_what_was_added_at_once(prompt_index):
    index = prompt_index

    def add(number):
        index.add([piece(f"{number}.md", ordinal=n) for n in range(8)], MODEL)

    def search(_):
        hits = index.search(query("plain", 0, limit=1000), ALL)
        return len(hits.lexical), len(hits.vector)

    with ThreadPoolExecutor(4) as threads:
        adding = [threads.submit(add, number) for number in range(12)]
        counts = list(threads.map(search, range(40)))
        for future in adding:
            future.result()
    assert all(lexical == vector and lexical % 8 == 0 for lexical, vector in counts)


def test_sweeping_deletes_old_writes_that_do_not_count(index, clock):
    index.add([piece("a.md", build="b1", write="stray")], MODEL)
    index.add([piece("a.md", build="b1", write="good")], MODEL)
    index.add([piece("b.md", build="b1", write="stray")], MODEL)
    clock.now += 100
    index.add([piece("a.md", build="b2", write="new")], MODEL)

    assert index.sweep("a.md", keep=frozenset({"good"}), before=clock.now - 200) == 0
    assert index.sweep("a.md", keep=frozenset({"good"}), before=clock.now - 50) == 1
    hits = index.search(query("plain", 0), ALL)
    for leg in (hits.lexical, hits.vector):
        assert {(p.document, p.write) for p in leg} == {
            ("a.md", "good"),
            ("a.md", "new"),
            ("b.md", "stray"),
        }
