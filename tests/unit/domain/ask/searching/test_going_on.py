from __future__ import annotations

import pytest

from wellread.domain.ask.searching.going_on import goes_on, may_go_on
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId


def passage(document: str, text: str) -> Passage:
    chunk = Chunk(0, 0, len(text), text, document)
    return Passage(DocumentId(document), RevisionId("1"), "", chunk, 1.0)


ALARM = passage(
    "alarm", "Leave by the stairs. Do not use the lift. Leave bags and coats where they are."
)
OTHERS = (
    passage("lift", "The lift carries eight people. Use the lift for heavy goods."),
    passage("cloakroom", "Take your bag and coat to the cloakroom. Bags are kept until eight."),
)


@pytest.mark.parametrize(
    "question",
    ["Can I use the lift?", "Should I take my bag?", "Do we leave coats?", "Should bags stay?"],
)
def test_a_short_question_of_the_asker_goes_on_about_what_was_cited(question: str):
    assert goes_on(question, (*OTHERS, ALARM), {ALARM.document}) is ALARM


@pytest.mark.parametrize(
    "question",
    [
        "How many people does the lift carry?",  # of other things
        "Until when are bags kept?",
        "Can I use the lift for heavy goods?",  # another document says more of it
        "Do I take my coat to the cloakroom?",
        "Where do I park?",  # nothing of it was cited
        "Do I leave the ladder?",  # the ladder was not
    ],
)
def test_a_question_of_other_things_does_not(question: str):
    assert goes_on(question, (*OTHERS, ALARM), {ALARM.document}) is None


def test_without_citations_there_is_nothing_to_go_on_about():
    assert goes_on("Can I use the lift?", (ALARM,), frozenset()) is None


@pytest.mark.parametrize("question", ["Darf ich den Aufzug nehmen?", "Is a coat needed?"])
def test_questions_for_yes_or_no_may_go_on(question: str):
    assert may_go_on(question)
