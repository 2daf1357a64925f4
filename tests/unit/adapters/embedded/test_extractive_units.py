"""How passages are read as pieces that could be an answer."""

from __future__ import annotations

from wellread.adapters.embedded.extractive_units import AnswerUnit, answer_units
from wellread.domain.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.domain.words import content_words


def units_of(text: str, title: str = "Agreement") -> list[AnswerUnit]:
    chunk = Chunk(0, 0, len(text), text, title)
    return answer_units([Passage(DocumentId("a.md"), RevisionId("1"), "w", chunk, score=1.0)])


def test_a_paragraphs_title_is_no_answer_but_says_what_the_paragraph_is_about():
    (unit,) = units_of("9.1 Governing Law; Venue. The laws of Ruritania apply.")

    assert unit.text == "The laws of Ruritania apply."
    assert unit.heading == "9.1 Governing Law; Venue"
    assert set(content_words("governing law")) <= unit.frame


def test_capitals_alone_are_no_answer():
    texts = [unit.text for unit in units_of("OTHER DATABASES AND PRODUCTS.\n\nAll of it is free.")]

    assert texts == ["All of it is free."]


def test_a_term_on_its_own_line_is_told_with_what_explains_it():
    (unit,) = units_of("`provisioning`  \nThe load balancer is being set up.")

    assert unit.sentence == "provisioning: The load balancer is being set up."


def test_terms_below_an_introduction_are_its_list():
    text = (
        "A machine can be in one of these states:\n\n"
        "`ready`  \nIt takes orders.\n\n`halted`  \nIt stands still.\n\nSee the manual for more."
    )
    (listed,) = [unit for unit in units_of(text) if unit.is_list]

    assert listed.sentence == "A machine can be in one of these states: ready; halted."


def test_a_sentence_knows_the_one_that_it_goes_on_from():
    first, second, third = units_of("The shop opens at nine. It closes at six.\n\nDogs may enter.")

    assert first.goes_on is None
    assert second.goes_on == first.start
    assert third.goes_on is None
