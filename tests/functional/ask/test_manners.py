"""What a colleague would say: to a greeting, to a bare topic, where nothing is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator, asker
from wellread.domain.ask.answers import (
    NOT_FOUND,
    Answer,
    Declined,
    DeclineReason,
    DeltaEvent,
    Outcome,
    Reply,
    ReplyEvent,
)
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode, Question
from wellread.services.ask.drafting import Generators

GARDEN = """---
title: Garden rules
owner: Yard office
---

# Garden rules

## Watering

Beds are watered before eight. The hose is rolled up again.

## Composting

Leaves go on the left heap.

## Tools

These are kept in the shed:

- rakes
- spades
- shears
"""
FESTIVALS = """# Festivals

## Spring festival

It is held in April.

## Harvest festival

It is held in September.

## Lantern festival

It is held in November.
"""


class Refusing(QuotingGenerator):
    """Finds no answer in any passage."""

    def answer(self, prompt: Prompt) -> Outcome:
        return Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, self.name)


class Scripted:
    name = "scripted"

    def __init__(self, *said: str) -> None:
        self.said = said
        self.prompts: list[Prompt] = []

    def generate(self, prompt: Prompt) -> Iterator[str]:
        self.prompts.append(prompt)
        yield from self.said


def laptop_with(
    folder: Path, model: Scripted | None, quoting: QuotingGenerator | None = None
) -> Laptop:
    generators = Generators(quoting=quoting or QuotingGenerator(), model=model)
    laptop = Laptop(folder / "data", generators=generators)
    laptop.drop("garden.md", GARDEN)
    laptop.drop("festivals.md", FESTIVALS)
    return laptop


@pytest.fixture
def garden(tmp_path: Path) -> Iterator[Laptop]:
    laptop = laptop_with(tmp_path, None)
    yield laptop
    laptop.close()


@pytest.fixture
def finds_nothing(tmp_path: Path) -> Iterator[Laptop]:
    laptop = laptop_with(tmp_path, None, Refusing())
    yield laptop
    laptop.close()


def verbatim(laptop: Laptop, reply: Reply) -> bool:
    texts = laptop.adapters.revisions
    return all(
        (parsed := texts.get_text(c.document, c.revision))
        and parsed.text[c.start : c.end] == c.quote
        for c in reply.citations
    )


@pytest.mark.parametrize(
    "message",
    [
        "hi",
        "Hello!! 👋",
        "thnaks",
        "Vielen Dank",
        "help",
        "What can you do?",
        "Wer bist du?",
        "bye",
    ],
)
def test_small_talk_gets_guidance_with_questions_that_the_documents_answer(
    garden: Laptop, message: str
) -> None:
    reply = garden.ask(message)

    assert isinstance(reply.outcome, Declined)
    assert reply.outcome.reason is DeclineReason.GUIDANCE
    assert (reply.citations, reply.nearest) == ((), ())
    assert "Ask me a question about the documents" in reply.text
    assert 1 <= len(reply.outcome.offers) <= 3
    for offer in reply.outcome.offers:
        assert offer in reply.text
        assert garden.ask(offer).citations


def test_guidance_asks_no_model(tmp_path: Path) -> None:
    model = Scripted("Hi. [1]")
    laptop = laptop_with(tmp_path, model)
    for mode in (Mode.RAG, Mode.BASE):
        assert laptop.ask("What can you do?", mode=mode).declined
    laptop.ask("waht can you do")

    assert model.prompts == []
    laptop.close()


def test_guidance_names_nothing_that_the_asker_may_not_read(garden: Laptop) -> None:
    garden.write("secret.md.metadata.json", '{"metadataAttributes": {"audience": "board"}}')
    garden.drop("secret.md", "# Merger plan\n\n## Prices\n\nThe price is nine million.\n")

    assert "Merger" not in garden.ask("help").text
    assert "Merger" in garden.ask("help", "everyone", "board").text


def test_guidance_without_documents_says_how_they_come(laptop: Laptop) -> None:
    reply = laptop.ask("hello")

    assert reply.outcome.text.startswith("Hello! There are no documents")
    assert "folder" not in reply.text


def test_a_mistyped_word_that_the_documents_know_is_a_question(garden: Laptop) -> None:
    garden.drop("tanks.md", "# Water tanks\n\nEvery tank is emptied in winter, as all tanks are.\n")
    assert not garden.ask("tanks").declined


def test_a_decline_quotes_what_is_nearest_and_claims_nothing(finds_nothing: Laptop) -> None:
    reply = finds_nothing.ask("Who has watered the roof beds?")

    assert reply.declined
    assert reply.text.startswith(NOT_FOUND)
    assert "don't say" not in reply.text
    nearest = reply.nearest[0]
    assert (nearest.document, nearest.title) == ("garden.md", "Garden rules")
    assert nearest.quote == "Beds are watered before eight."
    assert f"Nearest, in “Garden rules”: “{nearest.quote}” ({nearest.link})" in reply.text
    opened = finds_nothing.services.documents.open(
        asker().scope, nearest.document, quote=nearest.quote, at=nearest.start
    )
    assert opened.start == nearest.start
    assert len(reply.nearest) <= 3


def test_titles_and_quotes_are_plain_text(finds_nothing: Laptop) -> None:
    finds_nothing.write(
        "boats.md.metadata.json",
        '{"metadataAttributes": {"title": "**Boats** [b](http://x.example) <b>c</b>"}}',
    )
    finds_nothing.drop(
        "boats.md",
        "---\nowner: Dock\n---\n\n<div class='x'>\n\n{{ banner }}\n\n"
        "**Boats** are [lent](http://x.example/a) daily.\n",
    )
    reply = finds_nothing.ask("Who lends boats at night?")

    assert reply.nearest[0].title == "Boats b c"
    assert reply.nearest[0].line == "Boats are lent daily."
    shown = reply.text.replace(reply.nearest[0].link, "")
    for mark in ("**", "http", "<", "owner", "banner"):
        assert mark not in shown
    assert finds_nothing.show("boats.md").title == "Boats b c"


def test_one_word_gets_what_the_document_says_and_its_headings(garden: Laptop) -> None:
    reply = garden.ask("garden")

    assert isinstance(reply.outcome, Answer)
    assert "> Beds are watered before eight. The hose is rolled up again. [1]" in reply.text
    assert "> - Composting [3]" in reply.text
    assert "owner" not in reply.text
    assert [c.quote for c in reply.citations[1:]] == ["Watering", "Composting", "Tools"]
    assert all(c.link.startswith("/v1/documents/garden.md?revision=") for c in reply.citations)
    assert verbatim(garden, reply)


def test_a_heading_gets_its_section(garden: Laptop) -> None:
    reply = garden.ask("Tools?")

    assert reply.text == (
        "Garden rules › Tools\n> These are kept in the shed:\n> - rakes\n> - spades\n> - shears [1]"
    )
    assert verbatim(garden, reply)


@pytest.mark.parametrize(
    "question", ["Which kinds of festival are there?", "List all kinds of festivals"]
)
def test_kinds_that_are_headings_are_listed_all(garden: Laptop, question: str) -> None:
    reply = garden.ask(question)

    for kind in ("Spring festival", "Harvest festival", "Lantern festival"):
        assert f"> - {kind} [" in reply.text
    assert verbatim(garden, reply)


@pytest.mark.parametrize("question", ["Which kinds of course are there?", "List all courses"])
def test_kinds_beside_each_other_are_listed_whatever_stands_above(
    garden: Laptop, question: str
) -> None:
    garden.drop("courses.md", "# Courses\n\n## Pottery\n\nMondays.\n\n## Weaving\n\nFridays.\n")
    garden.drop("prices.md", "# Prices\n\nA course has a price. All courses are listed.\n")
    reply = garden.ask(question)

    assert "> - Pottery [1]\n> - Weaving [2]" in reply.text


def test_kinds_are_found_by_one_of_them(garden: Laptop) -> None:
    garden.drop("off.md", "# Time off\n\n## Sick leave\n\nRing.\n\n## Jury leave\n\nShow it.\n")

    assert (
        "> - Sick leave [1]\n> - Jury leave [2]" in garden.ask("Which kinds of leave exist?").text
    )


def test_a_long_outline_says_how_many_headings_it_leaves_out(garden: Laptop) -> None:
    sections = "".join(f"## Bird {n}\n\nIt sings.\n\n" for n in range(1, 21))
    garden.drop("birds.md", f"# Birds\n\n{sections}")
    reply = garden.ask("birds")

    assert "Bird 15 [" in reply.text
    assert "Bird 16" not in reply.text
    assert "and 5 more (/v1/documents/birds.md?" in reply.text


def test_a_topic_out_of_scope_is_not_outlined(garden: Laptop) -> None:
    garden.write("pay.md.metadata.json", '{"metadataAttributes": {"audience": "board"}}')
    garden.drop("pay.md", "# Pay bands\n\nBand six pays most.\n")

    assert "six" not in garden.ask("pay bands").text
    assert "six" in garden.ask("pay bands", "everyone", "board").text


def test_without_a_model_a_summary_is_the_outline(garden: Laptop) -> None:
    assert "> - Composting [3]" in garden.ask("Summarise the garden rules").text


def test_with_a_model_a_summary_is_written_from_the_document_in_order(tmp_path: Path) -> None:
    model = Scripted("Beds are watered before eight [1]. Leaves go on the left heap [2].")
    laptop = laptop_with(tmp_path, model)
    reply = laptop.ask("Can you summarise the garden rules for me?")

    assert reply.outcome.answered_by == "scripted"
    passages = model.prompts[0].passages
    assert {passage.document for passage in passages} == {"garden.md"}
    starts = [passage.chunk.start for passage in passages]
    assert starts == sorted(starts)
    assert "left heap" in reply.text
    laptop.close()


def test_a_summary_of_it_is_of_what_was_cited(garden: Laptop) -> None:
    first = garden.ask("When are beds watered?")
    reply = garden.ask("Summarise it", thread=first.thread)

    assert reply.citations[0].document == "garden.md"
    assert "> - Composting [3]" in reply.text


def test_a_short_question_is_answered_from_the_document_of_the_answer_before(
    garden: Laptop,
) -> None:
    garden.drop(
        "hoses.md", "# Hoses\n\nRoll up a hose only when it is dry. A hose lasts five years.\n"
    )
    first = garden.ask("When are the beds watered?")
    assert [c.document for c in first.citations] == ["garden.md"]
    second = garden.ask("Should I roll up the hose?", thread=first.thread)
    third = garden.ask("How long does a hose last?", thread=first.thread)

    assert [c.document for c in second.citations] == ["garden.md"]
    assert "The hose is rolled up again." in second.text
    assert [c.document for c in third.citations] == ["hoses.md"]


def test_something_of_the_same_thing_is_told_from_another_thing(garden: Laptop) -> None:
    garden.drop(
        "hire.md",
        "# Hire\n\n"
        "## Kayaks\n\nA kayak may be hired for 2 days.\n\nThe deposit for a kayak is 40.\n\n"
        "## Canoes\n\nA canoe may be hired for 5 days.\n\nThe deposit for a canoe is 60.\n",
    )
    first = garden.ask("How long may a kayak be hired?")
    threads = garden.services.adapters.threads
    searched = []
    for question in ("And the deposit?", "And a canoe?"):
        garden.ask(question, thread=first.thread)
        searched.append(threads.turns(first.thread)[-1].standalone)

    assert searched == ["What is the deposit for a kayak?", "What is the deposit for a canoe?"]


def test_a_fragment_that_no_reading_answers_gets_the_section_of_its_name(
    finds_nothing: Laptop,
) -> None:
    first = finds_nothing.ask("When are beds watered?")
    reply = finds_nothing.ask("And the tools?", thread=first.thread)

    assert reply.text.startswith("Garden rules › Tools\n> These are kept in the shed:")


def test_small_talk_amid_a_thread_does_not_break_it(garden: Laptop) -> None:
    first = garden.ask("When is the Spring festival held?")
    assert garden.ask("thanks!", thread=first.thread).turn == 2
    third = garden.ask("And the Harvest festival?", thread=first.thread)

    assert "September" in third.text


def test_what_was_restricted_since_leads_no_follow_up(garden: Laptop) -> None:
    first = garden.ask("When is the Spring festival held?")
    garden.write("festivals.md.metadata.json", '{"metadataAttributes": {"audience": "board"}}')
    garden.work()
    reply = garden.ask("And the Harvest festival?", thread=first.thread)

    assert "September" not in reply.text
    turn = garden.services.adapters.threads.turns(reply.thread)[-1]
    assert turn.standalone == "And the Harvest festival?"


def test_the_deltas_of_an_outline_add_up_to_it(garden: Laptop) -> None:
    events = list(garden.services.answering.stream(Question("festivals", asker())))
    assert isinstance(events[-1], ReplyEvent)
    deltas = "".join(event.text for event in events if isinstance(event, DeltaEvent))
    assert deltas == events[-1].reply.outcome.text
