"""`wellread gaps` says what people ask that the documents do not answer, to those who may know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.doubles import SetClock
from tests.laptop import Declining, Laptop
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import Asker, AskerId, Place, Question
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import TransientError
from wellread.local.gaps_cli import gaps
from wellread.services.ask.drafting import Generators

DOG = "May I bring my dog?"
HERE = Place("slack", "T1", "C1", "17.1")
DAY = 86_400.0


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path, clock=SetClock(), generators=Generators(quoting=Declining()))
    laptop.drop("office.md", "# Office\n\nThe office is open from 8 to 6, and dogs sleep.\n")
    yield laptop
    laptop.close()


def ask(laptop: Laptop, who: str, text: str = DOG, *audiences: str) -> Reply:
    asker = Asker(AskerId(f"slack:T1:{who}"), Scope.of("everyone", *audiences))
    return laptop.services.answering.answer(Question(text, asker))


def reported(laptop: Laptop, *arguments: str) -> Any:
    arguments = ("--data", str(laptop.settings.data), "--json", *arguments)
    output = CliRunner().invoke(gaps, arguments, catch_exceptions=False).output
    return json.loads(output)


def seen(laptop: Laptop, *arguments: str) -> list[tuple[str, int, int]]:
    found = reported(laptop, *arguments)["gaps"]
    return [(each["question"], each["questions"], each["askers"]) for each in found]


def test_what_two_people_ask_in_vain_is_a_gap(laptop: Laptop) -> None:
    ask(laptop, "UADA")
    assert seen(laptop) == []
    assert reported(laptop)["alone"] == 1

    ask(laptop, "UBEN", "Can I bring a dog?")
    assert [(questions, askers) for _, questions, askers in seen(laptop)] == [(2, 2)]


def test_whoever_asked_sees_their_own(laptop: Laptop) -> None:
    local = Asker(AskerId("local"), Scope.of("everyone"))
    laptop.services.answering.answer(Question(DOG, local))

    assert seen(laptop) == [(DOG, 1, 1)]


def test_what_is_answered_and_what_is_no_question_is_no_gap(laptop: Laptop) -> None:
    for who in ("UADA", "UBEN"):
        ask(laptop, who, "Hello!")

    assert reported(laptop)["gaps"] == []
    assert reported(laptop)["alone"] == 0


def test_what_people_ask_who_may_read_more_is_out_of_sight(laptop: Laptop) -> None:
    for who in ("UADA", "UBEN"):
        ask(laptop, who, DOG, "hr")

    assert seen(laptop) == []
    assert reported(laptop)["alone"] == 0
    assert seen(laptop, "--as", "hr") == [(DOG, 2, 2)]


def test_what_holds_words_of_a_hidden_document_is_out_of_sight(laptop: Laptop) -> None:
    for who in ("UADA", "UBEN"):
        reply = ask(laptop, who)
    assert reply.drawn_on == {"office.md"}
    laptop.write("office.md.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')

    assert seen(laptop) == []
    assert reported(laptop)["alone"] == 0


def test_it_goes_with_its_documents(laptop: Laptop) -> None:
    for who in ("UADA", "UBEN"):
        ask(laptop, who)
    for store in laptop.adapters.erasables:
        store.erase(DocumentId("office.md"))

    assert laptop.adapters.unanswered.since(0.0) == []


def test_only_what_was_asked_lately_counts(laptop: Laptop) -> None:
    for who in ("UADA", "UBEN"):
        ask(laptop, who)
    clock = laptop.adapters.clock
    assert isinstance(clock, SetClock)
    clock.now += 8 * DAY

    reader = Asker(AskerId("local"), Scope.of("everyone"))
    assert laptop.services.gaps.report(reader, 7 * DAY).gaps == ()
    (gap,) = laptop.services.gaps.report(reader, 9 * DAY).gaps
    assert (gap.wording, gap.questions) == (DOG, 2)


def test_it_is_told_in_a_terminal(laptop: Laptop) -> None:
    def output(*arguments: str) -> str:
        arguments = ("--data", str(laptop.settings.data), *arguments)
        return CliRunner().invoke(gaps, arguments).output

    assert output() == "Every question was answered, or nobody asked one.\n"
    for who in ("UADA", "UBEN"):
        ask(laptop, who)
    ask(laptop, "UCEM", "Where is the canteen?")
    assert output() == (
        f"   2 asked by 2, last 2027-01-15  {DOG}\n"
        "   1 more, each about something that one person alone asked\n"
    )
    assert "such as 7d" in output("--since", "never")


def test_what_cannot_be_noted_delays_no_reply(laptop: Laptop) -> None:
    class Away:
        def note(self, asked: object) -> None:
            raise TransientError("away")

    laptop.adapters.unanswered = Away()  # type: ignore[assignment]
    assert ask(laptop, "UADA").declined
