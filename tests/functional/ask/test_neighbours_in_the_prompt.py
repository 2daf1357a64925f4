"""What a model reads: neighbouring passages in one piece, and its markers still mean them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator
from wellread.domain.access.scope import Operator
from wellread.domain.ask.prompting import PASSAGE_CHARACTERS, Prompt, fitting
from wellread.domain.knowledge.documents import DocumentId
from wellread.services.ask.drafting import Generators

RULES = "".join(
    f"Rule {number}: a boat of berth {number} is moored with {number} lines of hemp. "
    for number in range(1, 61)
)
EXCEPTION = "Boats of the harbour master are exempt from every rule of mooring."


class CitingModel:
    """Says the last sentence of its first source."""

    name = "citing"

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []
        self.passage_characters = PASSAGE_CHARACTERS

    def generate(self, prompt: Prompt) -> Iterator[str]:
        self.prompts.append(prompt)
        sentence = prompt.passages[0].chunk.text.strip().split(". ")[-1].rstrip(".")
        yield f"{sentence} [1]. "


@pytest.fixture
def model() -> CitingModel:
    return CitingModel()


@pytest.fixture
def quoting() -> QuotingGenerator:
    return QuotingGenerator()


@pytest.fixture
def harbour(tmp_path: Path, model: CitingModel, quoting: QuotingGenerator) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path / "data", generators=Generators(quoting=quoting, model=model))
    laptop.drop("mooring.md", f"# Mooring\n\n{RULES}\n\n{EXCEPTION}\n\n# Fees\n\nBerths are free.")
    yield laptop
    laptop.close()


def test_a_models_sources_are_whole_stretches_and_its_citation_opens_at_the_quote(
    harbour: Laptop, model: CitingModel
) -> None:
    reply = harbour.ask("With how many lines of hemp is a boat moored?")

    [prompt] = model.prompts
    text = harbour.services.documents.open(Operator(), DocumentId("mooring.md")).text
    spans = sorted((each.chunk.start, each.chunk.end) for each in prompt.passages)
    for passage in prompt.passages:
        assert text[passage.chunk.start : passage.chunk.end] == passage.chunk.text
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert max(end - start for start, end in spans) > 1000
    assert sum(end - start for start, end in spans) <= PASSAGE_CHARACTERS
    [citation] = reply.citations
    assert text[citation.start : citation.end] == citation.quote
    assert citation.quote.strip() in prompt.passages[0].chunk.text


def test_what_stands_behind_a_passage_is_read_with_it(harbour: Laptop, model: CitingModel) -> None:
    harbour.ask("How many lines has a boat of berth 60?")

    assert any(EXCEPTION in passage.chunk.text for passage in model.prompts[0].passages)
    assert not any(
        "hemp" in passage.chunk.text and "Berths are free" in passage.chunk.text
        for passage in model.prompts[0].passages
    )


def test_a_model_that_reads_little_is_given_several_sources(
    harbour: Laptop, model: CitingModel
) -> None:
    model.passage_characters = 2_400
    for name in ("canal", "lake"):
        harbour.drop(f"{name}.md", f"# The {name}\n\nA boat of the {name} is moored with hemp.")

    harbour.ask("With how many lines of hemp is a boat of the canal moored?")

    [prompt] = model.prompts
    shown = fitting(prompt.passages, 2_400)
    assert len(shown) == len(prompt.passages) > 1
    assert [text for _, text in shown] == [p.chunk.text.strip() for p in prompt.passages]
