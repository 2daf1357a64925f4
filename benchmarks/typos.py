"""Print what typing mistakes cost the search, on one set or several.

python -m benchmarks.typos --set DIR --set DIR
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import click

from benchmarks.ingested_set import IngestedSet, ingested_set, sets_option
from benchmarks.retrieval.searches import PRODUCT_DEPTH
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.searching.fusion import fuse
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.evaluation.metrics import evidence_metrics
from wellread.domain.knowledge.documents import Passage
from wellread.ports.index import PassageQuery

_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FIRST = 5


@click.command()
@sets_option
@click.option("--slips", default=2, show_default=True, help="Mistyped words of a question.")
@click.option("--seed", default=7, show_default=True)
def main(folders: tuple[Path, ...], slips: int, seed: int) -> None:
    """Ask a set's answerable questions as they are, and with typing mistakes in long words."""
    logging.disable(logging.INFO)
    click.echo("| set | document in the first 5 | mistyped | evidence in the first 5 | mistyped |")
    click.echo("| --- | --- | --- | --- | --- |")
    for folder in folders:
        chance = random.Random(seed)
        with ingested_set(folder) as opened:
            asked = [each for each in opened.questions if each.answerable and each.gold]
            typed = [mistyped(each.text, slips, chance) for each in asked]
            found = [
                [_found(opened, each, text) for each, text in zip(asked, texts, strict=True)]
                for texts in ([each.text for each in asked], typed)
            ]
        cells = [
            f"{fmean(hits[kind] for hits in of_texts):.3f}" for kind in (0, 1) for of_texts in found
        ]
        click.echo(f"| {folder.resolve().name} ({len(asked)}) | {' | '.join(cells)} |")


def mistyped(text: str, slips: int, chance: random.Random) -> str:
    """The text with one slip in each of some of its words of five letters and more."""
    places = list(_LONG_WORD.finditer(text))
    chosen = chance.sample(places, min(slips, len(places)))
    for place in sorted(chosen, key=re.Match.start, reverse=True):
        text = text[: place.start()] + _slip(place[0], chance) + text[place.end() :]
    return text


def _slip(word: str, chance: random.Random) -> str:
    """A letter too few, too many or another one, not at the beginning; or two that changed."""
    at, letter = chance.randrange(1, len(word)), chance.choice(_LETTERS)
    return chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        )
    )


def _found(opened: IngestedSet, question: EvaluationQuestion, text: str) -> tuple[bool, bool]:
    """Whether a gold document, and the evidence, is among the first five."""
    embedder = opened.services.choice.wanted()
    vector = embedder.embed_question(text)
    query = PassageQuery(text, vector, embedder.model_version, PRODUCT_DEPTH)
    hits = SqlitePassageIndex(opened.services.adapters.database).search(query, Scope.of(EVERYONE))
    ranked = fuse(text, hits.lexical, hits.vector, depth=PRODUCT_DEPTH)
    documents = list(dict.fromkeys(str(passage.document) for passage in ranked))[:_FIRST]
    return (
        any(document in question.gold for document in documents),
        any(_holds(question, ranked[:_FIRST])),
    )


def _holds(question: EvaluationQuestion, passages: Sequence[Passage]) -> Iterator[bool]:
    for passage in passages:
        if question.evidence:
            wanted = [question.evidence]
        else:
            wanted = list(question.answers) if passage.document in question.gold else []
        for each in wanted:
            yield bool(evidence_metrics(each, [passage.chunk.text]).get("evidence@1"))


if __name__ == "__main__":
    main()
