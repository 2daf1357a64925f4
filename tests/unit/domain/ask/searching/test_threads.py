"""Follow-ups of many kinds: what they are searched for as, in their thread."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wellread.domain.ask.questions import Mode, Turn
from wellread.domain.ask.searching.rewriting import Search, follow_up
from wellread.domain.knowledge.documents import DocumentId

GUIDE = DocumentId("guide.md")

# Questions of a thread, and what the last one is searched for as.
RESOLVED = [
    # A name in the place of a name.
    (["When does the Maple pool open?", "And Willow?"], "When does the Willow pool open?"),
    (["When does the Maple pool open?", "What about the Willow pool?"],
     "When does the Willow pool open?"),
    (["When does the Maple pool open?", "and the Willow?"], "When does the Willow pool open?"),
    (["When does the Maple pool open on Mondays?", "And Willow?"],
     "When does the Willow pool open on Mondays?"),
    (["When does the Maple pool open on Mondays?", "And on Sundays?"],
     "When does the Maple pool open on Sundays?"),
    (["When does the Maple pool open on Mondays?", "Sundays?"],
     "When does the Maple pool open on Sundays?"),
    (["What is the per diem in Portugal?", "and in Norway?"], "What is the per diem in Norway?"),
    (["What is the per diem in Portugal?", "Norway?"], "What is the per diem in Norway?"),
    (["Who runs the Lima office?", "And Quito?", "And Bogota?"], "Who runs the Bogota office?"),
    (["What does pump P-20 weigh?", "And P-30?"], "What does pump P-30 weigh?"),
    (["What changed in release 4.1?", "and 4.2?"], "What changed in release 4.2?"),
    (["How much is a ticket in 2024?", "And in 2025?"], "How much is a ticket in 2025?"),
    # A thing in the place of a thing.
    (["How long may a kayak be hired?", "No, I meant the canoe"], "How long may a canoe be hired?"),
    (["How long may a kayak be hired?", "and a canoe?"], "How long may a canoe be hired?"),
    (["How long may a kayak be hired?", "Sorry, a canoe"], "How long may a canoe be hired?"),
    (["What is the fee for a child at the museum?", "and an adult?"],
     "What is the fee for an adult at the museum?"),
    (["How long may a member keep a book in the library?", "And the map?"],
     "How long may a member keep a map in the library?"),
    (["Are cats allowed in the office?", "and dogs?"], "Are dogs allowed in the office?"),
    (["Do nurses pay for parking?", "What about visitors?"], "Do visitors pay for parking?"),
    (["How long is sick leave?", "and parental leave?"], "How long is parental leave?"),
    (["How much does a day ticket cost?", "And a week ticket?"],
     "How much does a week ticket cost?"),
    (["When is the kitchen cleaned?", "and the hall?"], "When is the hall cleaned?"),
    (["Is there a fee for adults?", "for children?"], "Is there a fee for children?"),
    (["Can I pay with cash?", "or with card?"], "Can I pay with card?"),
    # What a pronoun stands for.
    (["When does the Maple pool open?", "And Willow?", "And how deep are its basins?"],
     "how deep are Willow's basins?"),
    (["When does the Maple pool open?", "Who cleans it?"], "Who cleans Maple?"),
    (["Where is the Lima office?", "How many people work there?"],
     "How many people work at Lima?"),
    (["When does the Maple pool open?", "How deep is Willow?", "When do courses start there?"],
     "When do courses start at Willow?"),
    (["What does pump P-20 weigh?", "Who makes it?"], "Who makes P-20?"),
    (["How do I start the Nile pump?", "What if it fails?"], "What if Nile fails?"),
    (["How deep is Willow?", "How long is its track?", "Who swims there?"], "Who swims at Willow?"),
    (["What is the deposit for a kayak?", "and a canoe?", "How long may it be hired?"],
     "How long may a canoe be hired?"),
    # German.
    (["Wie lange darf ein Boot geliehen werden?", "Und ein Zelt?"],
     "Wie lange darf ein Zelt geliehen werden?"),
    (["Wie lange darf ein Boot geliehen werden?", "Nein, ich meinte das Zelt"],
     "Wie lange darf ein Zelt geliehen werden?"),
    (["Was kostet die Maschine in Hamburg?", "Und in Bremen?"],
     "Was kostet die Maschine in Bremen?"),
    (["Wann öffnet die Filiale am Montag?", "Und am Freitag?"],
     "Wann öffnet die Filiale am Freitag?"),
    (["Wie viele Tage Sonderurlaub gibt es?", "Und Elternzeit?"],
     "Wie viele Tage Elternzeit gibt es?"),
    (["Wann öffnet das Lager?", "Wie sieht es mit dem Büro aus?"], "Wann öffnet das Büro?"),
    (["Wer leitet Ahorn?", "Wie viele Leute arbeiten dort?"], "Wie viele Leute arbeiten in Ahorn?"),
]  # fmt: skip

# What says too little by itself gets the question before in front.
IN_FRONT = [
    ("How do I report a spill?", "Why?"),
    ("How do I report a spill?", "And by phone?"),
    ("How do I report a spill?", "How long does it take?"),
    ("How do I report a spill?", "Is there a form?"),
    ("How do I report a spill?", "What is the deadline?"),
    ("How do I report a spill?", "Who does that?"),
    ("How do I report a spill?", "What if I forget?"),
    ("How do I report a spill?", "How much?"),
    ("How do I report a spill?", "How far ahead?"),
    ("How do I report a spill?", "Who pays?"),
    ("Wie melde ich einen Schaden?", "Wie lange dauert sie?"),
    ("Wie melde ich einen Schaden?", "Warum?"),
    ("Wie melde ich einen Schaden?", "Und am Wochenende?"),
    ("Wie melde ich einen Schaden?", "Was ist die Frist?"),
    ("Wie melde ich einen Schaden?", "Gibt es eine Frist?"),
    ("Wie melde ich einen Schaden?", "Gilt das auch für Gäste?"),
]

# What stands by itself stays as it is, though its thread may tell which document is meant.
BY_ITSELF = [
    ("How do I report a spill?", "Should I switch the pump off?"),
    ("How do I report a spill?", "Where is the canteen?"),
    ("How do I report a spill?", "Who approves travel expenses?"),
    ("How do I report a spill?", "What is Grafana?"),
    ("How do I report a spill?", "And when does the Lima office open?"),
    ("How do I report a spill?", "If a valve leaks, who closes it?"),
    ("How do I report a spill?", "Is it forbidden to smoke in the yard?"),
    ("Wie melde ich einen Schaden?", "Welche Fristen gelten für Rechnungen?"),
    ("Wie melde ich einen Schaden?", "Wo ist die Kantine?"),
]


def thread(questions: Sequence[str], answer: str = "It is so. [1]") -> list[Turn]:
    turns: list[Turn] = []
    for number, question in enumerate(questions, start=1):
        searched = follow_up(question, turns).text
        turns.append(Turn(number, question, searched, answer, False, Mode.RAG, frozenset({GUIDE})))
    return turns


def search(questions: Sequence[str], answer: str = "It is so. [1]") -> Search:
    return follow_up(questions[-1], thread(questions[:-1], answer))


@pytest.mark.parametrize(("questions", "expected"), RESOLVED)
def test_what_a_follow_up_leans_on_is_put_in_its_place(questions: list[str], expected: str):
    found = search(questions)
    assert found.text == expected
    assert found.also == questions[-1]


@pytest.mark.parametrize(("before", "question"), IN_FRONT)
def test_what_says_too_little_gets_the_question_before_in_front(before: str, question: str):
    found = search([before, question])
    assert found.text == f"{before} {question}"
    assert found.also == question
    assert found.preferred == {GUIDE}


@pytest.mark.parametrize(("before", "question"), BY_ITSELF)
def test_what_stands_by_itself_is_searched_for_as_it_is(before: str, question: str):
    assert search([before, question]).text == question


def test_a_short_question_may_go_on_about_the_document_cited_before():
    found = search(["How do I report a spill?", "Should I switch the pump off?"])
    assert found.preferred == {GUIDE}
    assert found.also == "How do I report a spill? Should I switch the pump off?"


def test_a_question_about_other_things_is_not_searched_for_with_the_topic():
    assert search(["How do I report a spill?", "When is a pump replaced?"]).also == ""


def test_what_stands_in_for_another_thing_does_not_keep_to_its_document():
    assert search(["When does the Maple pool open?", "And Willow?"]).preferred == frozenset()


def test_a_long_question_has_a_topic_of_its_own():
    question = "How many parking permits does the Lima office give to suppliers each quarter?"
    assert search(["How do I report a spill?", question]).also == ""


def test_a_pronoun_stands_for_the_name_that_was_asked_for():
    found = search(["Who keeps the keys?", "How do I reach her?"], "That is Mona Lind. [1]")
    assert found.text == "How do I reach Mona Lind?"


def test_where_a_quote_stands_names_nobody():
    answer = "Keys › Who keeps them\n> The keys are kept by Mona Lind. [1]"
    found = search(["Who keeps the keys?", "How do I reach her?"], answer)
    assert found.text == "How do I reach Mona Lind?"


def test_an_item_of_the_last_answer_can_be_counted_out():
    answer = "Tickets › Kinds\n> - Day ticket\n> - Week ticket\n> - Year ticket [1]"
    found = search(["Which tickets are there?", "How much is the second one?"], answer)
    assert "Week" in found.text
    assert "Year" not in found.text
