"""Questions out of documents: what is asked for, by which words, and what is dropped."""

from __future__ import annotations

import random

import pytest

from wellread.domain.knowledge.documents import (
    Chunk,
    DocumentId,
    Heading,
    ParsedText,
    Passage,
    RevisionId,
)
from wellread.domain.tune.drafts import AskedBefore, Draft, Filter, holds, objection
from wellread.domain.tune.examples import SupportingSpan
from wellread.domain.tune.facts import Fact, FactKind, facts_of
from wellread.domain.tune.sentence_shapes import as_asker
from wellread.domain.tune.templates import GERMAN_TEMPLATES, TEMPLATES, question_about
from wellread.domain.tune.terms import telling_terms, with_invented_name, with_unknown_name

TABLE = """\
| Berth | Depth | Fee a night |
| --- | --- | --- |
| B4 | 3 m | 22 euros |
| B5 | 4 m | 27 euros |
"""


def facts(text: str, heading: str = "") -> dict[FactKind, Fact]:
    headings = (Heading(1, heading, 0),) if heading else ()
    parsed = ParsedText(text, headings=headings)
    path = (heading,) if heading else ()
    chunk = Chunk(0, 0, len(text), text, "Harbour rules", path)
    found = facts_of(Passage(DocumentId("h.md"), RevisionId("1"), "", chunk, 1.0), parsed)
    for fact in found:
        assert text[fact.start : fact.end].strip() == text[fact.start : fact.end] != ""
    return {fact.kind: fact for fact in reversed(found)}


def asked(fact: Fact, seed: int = 0) -> str:
    return question_about(fact, "harbour lamp", "Harbour rules", random.Random(seed))


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (
            "A mooring line is a rope that holds a boat at its berth.",
            FactKind.DEFINITION,
            {"subject": "a mooring line", "verb": "is"},
        ),
        (
            "You can keep your boat on land during winter, if there is room.",
            FactKind.PERMISSION,
            {"subject": "I", "modal": "Can", "action": "keep my boat on land during winter"},
        ),
        (
            "The harbour master must lock the gate of the yard every evening.",
            FactKind.PERMISSION,
            {
                "subject": "the harbour master",
                "modal": "Must",
                "action": "lock the gate of the yard every evening",
            },
        ),
        (
            "If you are late with the fee, the harbour master may move your boat.",
            FactKind.CONDITION,
            {"word": "if", "case": "I am late with the fee"},
        ),
        (
            "To reserve your berth, write to the harbour office before March.",
            FactKind.PURPOSE,
            {"goal": "reserve my berth"},
        ),
        (
            "Notice of leaving a berth for good is given 30 days before.",
            FactKind.AMOUNT,
            {"how": "how long", "unit": "", "number": "30"},
        ),
        (
            "A boat of the club is moored with at least 4 lines of good hemp.",
            FactKind.AMOUNT,
            {"how": "how many lines", "unit": "lines", "number": "4"},
        ),
        (
            "Lamp keeper: the person who lights the lamps of the pier at dusk.",
            FactKind.LABEL,
            {"subject": "Lamp keeper"},
        ),
    ],
)  # fmt: skip
def test_a_sentence_is_asked_for_by_its_shape(
    text: str, kind: FactKind, words: dict[str, str]
) -> None:
    found = facts(text)

    assert found[kind].words == words
    assert found[kind].said == text
    assert FactKind.STATEMENT in found


def test_what_leans_on_other_sentences_or_points_elsewhere_is_not_asked_for() -> None:
    assert not facts("However, this is different for boats that are longer than the pier.")
    assert not facts("To learn how a berth is reserved at the office, see the page about berths.")
    assert not facts("All boats of the club are moored with the following four lines of hemp.")
    assert not facts("BOAT YARD 14, HARBOUR STREET, TOWN OF THE NORTH SEA, ROOM 7.")


def test_a_cell_is_asked_for_by_its_row_and_column_and_answered_by_the_row() -> None:
    row = facts(TABLE)[FactKind.ROW]

    assert row.said == "Berth: B4; Depth: 3 m; Fee a night: 22 euros."
    assert TABLE[row.start : row.end] == "| B4 | 3 m | 22 euros |"
    assert (row.words["row"], row.words["column"], row.answer) == ("B4", "Depth", "3 m")


def test_a_heading_asks_for_the_first_statement_below_it_that_speaks_of_it() -> None:
    text = "# Reserving a berth\n\nThe office takes reservations of berths from March on.\n"

    assert facts(text, "Reserving a berth")[FactKind.HEADING].words == {
        "subject": "reserving a berth"
    }
    other = "# Lamps\n\nThe office takes reservations of berths from March on.\n"
    assert FactKind.HEADING not in facts(other, "Lamps")


def test_a_question_of_the_document_itself_is_asked_as_it_stands() -> None:
    text = "Who lights the lamps?\n\nThe keeper of the pier lights all the lamps at dusk.\n"

    assert facts(text)[FactKind.ASKED].words == {"question": "Who lights the lamps?"}


def test_what_is_said_to_somebody_is_asked_by_that_person() -> None:
    said = "you have your boat with you, and it helps you when you were late yourself"

    assert as_asker(said) == ("I have my boat with me, and it helps me when I was late myself")


def test_there_are_many_templates_and_each_can_be_filled() -> None:
    assert sum(map(len, TEMPLATES.values())) >= 30
    words = dict.fromkeys(
        "subject verb modal action word case goal how unit row column first question".split(),
        "dusk",
    )
    for german, templates in ((False, TEMPLATES), (True, GERMAN_TEMPLATES)):
        for kind in FactKind:
            fact = Fact(kind, 0, 1, "x", words, german=german)
            made = {asked(fact, seed) for seed in range(60)}
            assert made == {""} or len(made) >= len(templates[kind])


def test_questions_are_dropped_for_what_is_wrong_with_them() -> None:
    text = "The pier has 12 lamps. The yard closes at dusk."
    span = SupportingSpan(0, 22, text[:22])
    draft = Draft("How many lamps?", text[:22], span, DocumentId("d"), RevisionId("1"), key="12")

    def wrong(**other: object) -> Filter | None:
        values = {name: getattr(draft, name) for name in Draft.__slots__} | other
        return objection(Draft(**values), text, 0, len(text))  # type: ignore[arg-type]

    assert wrong() is None
    assert wrong(span=SupportingSpan(1, 23, text[:22])) is Filter.NOT_VERBATIM
    assert wrong(span=SupportingSpan(0, 99, text)) is Filter.NOT_VERBATIM
    assert wrong(answer="The pier has 13 lamps.") is Filter.NOT_IN_SPAN
    assert wrong(answer="The pier of Mr Quill has 12 lamps.") is Filter.NOT_IN_SPAN
    assert wrong(question="Are there 12 lamps?") is Filter.TELLS_ANSWER
    assert wrong(question="Has the pier 12 lamps?", key="") is Filter.TELLS_ANSWER
    assert wrong(question=" ") is Filter.NO_QUESTION


def test_nearly_the_same_question_is_asked_once() -> None:
    before = AskedBefore()

    assert not before("How many lamps has the pier of the harbour?")
    assert before("how many lamps does the pier of the harbour have")
    assert not before("How many boats has the pier of the harbour?")


def test_a_statement_is_searched_for_by_its_rarest_words_in_order() -> None:
    counts = {"lamps": 1, "pier": 2, "lighted": 1, "dusk": 9, "keepers": 5}

    terms = telling_terms("Lamps of the Pier, lighted at dusk by 12 keepers.", counts.__getitem__)

    assert terms == "lamps Pier lighted keepers"
    assert telling_terms("Dusk.", lambda _: 1) == ""


def test_a_name_that_no_document_knows_differs_in_a_digit() -> None:
    known = {"berth", "b14", "b17"}
    other = with_unknown_name("What is the depth of berth B14?", known)

    assert other == "What is the depth of berth B13?"
    assert with_unknown_name("What is the depth of the pier?", known) == ""


@pytest.mark.parametrize(
    ("question", "before", "after"),
    [
        ("How long may a boat stay in Colmar?", "How long may a boat stay in ", "?"),
        ("Does Abel know the lamps of Colmar well?", "Does Abel know the lamps of ", " well?"),
    ],
)
def test_a_question_about_an_invented_name_is_one_that_no_document_answers(
    question: str, before: str, after: str
) -> None:
    made = with_invented_name(question, {"colmar"}, random.Random(1))
    name = made.removeprefix(before).removesuffix(after)

    assert made == f"{before}{name}{after}"
    assert name.isalpha()
    assert name.lower() != "colmar"
    again = with_invented_name(question, {name.lower()}, random.Random(1))
    assert name not in again


@pytest.mark.parametrize(
    "question", ["how long may a boat stay", "Wo liegt das boot in der nacht?"]
)
def test_a_question_without_a_name_gets_one_in_several_places(question: str) -> None:
    made = {with_invented_name(question, (), random.Random(seed)) for seed in range(40)}

    assert all(question.rstrip("?") in each for each in made)
    assert all(each.endswith("?") == question.endswith("?") for each in made)
    assert len({each.index(question.rstrip("?")) for each in made}) > 1


def test_a_passage_that_says_the_same_in_other_places_is_known() -> None:
    def passage(text: str) -> Passage:
        return Passage(DocumentId("d"), RevisionId("1"), "", Chunk(0, 0, len(text), text, ""), 1.0)

    span = "The yard closes at dusk in winter."
    told = holds(
        [
            passage(f"Before. {span} After."),
            passage("In winter, the yard closes when it is dusk."),
            passage("The pier has twelve lamps."),
        ],
        span,
    )
    assert told == [True, True, False]
