"""A grounding set's sentences through the real path of an answer: found, verified, cited.

python -m benchmarks.grounding_pipeline --set FILE [--docs DIR] [--always-right]

The verifier is the one that WELLREAD_VERIFIER and the model's settings name.
Rows are `{id, question, sources: [{n, head, text}], right, wrong: [{kind, sentence}]}`; a scripted
generator says each right answer, and each wrong sentence, from the row's own sources.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from wellread.adapters.parsing.sandbox import SandboxedParser
from wellread.bootstrap import models
from wellread.domain.answers import Answer, Outcome
from wellread.domain.ask.claims import Claim
from wellread.domain.documents import Chunk, DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.errors import DocumentError
from wellread.domain.prompting import Prompt, is_decline
from wellread.domain.questions import Mode
from wellread.domain.sentences import split_sentences
from wellread.ports import Generator, Verifier
from wellread.services.grounded_speech import GroundedSpeech
from wellread.settings import load_settings

_MARKERS = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_REVISION = RevisionId("1")


@dataclass(slots=True)
class Through:
    """What came through.

    Attributes:
        right: Right sentences, and how many of them were kept.
        wrong: Kind → wrong sentences, and how many of them were let through.
        lost: The right sentences that were not kept, with the row's id.
        passed: The wrong sentences that were let through, with the row's id.
    """

    right: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, Counter[str]] = field(default_factory=dict)
    lost: list[tuple[str, str]] = field(default_factory=list)
    passed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kept(self) -> float:
        """The share of right sentences that were kept."""
        return self.right["kept"] / max(self.right["said"], 1)

    @property
    def let_through(self) -> float:
        """The share of wrong sentences that were let through."""
        said = sum(counts["said"] for counts in self.wrong.values())
        return sum(counts["passed"] for counts in self.wrong.values()) / max(said, 1)

    @property
    def balanced(self) -> float:
        """Balanced accuracy."""
        return (self.kept + 1 - self.let_through) / 2


class AlwaysRight:
    """A verifier that knows a set's labels, so that what is lost was lost elsewhere."""

    name = "always right"

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Learn the labels."""
        rows = list(rows)
        self._right = [bare(row["right"]) for row in rows]
        self._wrong = {bare(each["sentence"]) for row in rows for each in row["wrong"]}

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is a sentence of a right answer."""
        return [self.knows(claim.text) for claim in claims]

    def knows(self, text: str) -> bool:
        """Whether a sentence is one of a right answer, and no wrong one."""
        said = bare(text)
        return said not in self._wrong and any(said in right for right in self._right)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a grounding set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def run_through(
    rows: Iterable[Mapping[str, Any]],
    verifier: Verifier | None,
    texts: Mapping[DocumentId, ParsedText] | None = None,
) -> Through:
    """Say every right answer and every wrong sentence.

    Args:
        rows: Of the set.
        verifier: Who checks; without one, the words do.
        texts: The documents that the sources are from, so that passages have their neighbours.
            A source that stands in none of them is a document of its own.
    """
    through = Through()
    for row in rows:
        passages, stored = _passages(row["sources"], texts or {})
        speech = GroundedSpeech(stored)  # type: ignore[arg-type]  # texts are all it asks for

        def say(
            words: str,
            *,
            speech: GroundedSpeech = speech,
            question: str = row["question"],
            passages: tuple[Passage, ...] = passages,
        ) -> Outcome | None:
            prompt = Prompt(question, question, passages, Mode.RAG)
            return _spoken(speech, _Scripted(words), prompt, verifier)

        if not is_decline(row["right"]):
            outcome = say(row["right"])
            shown = bare(outcome.text) if isinstance(outcome, Answer) else ""
            for sentence in _sentences(row["right"]):
                kept = bare(sentence) in shown
                through.right.update(said=1, kept=int(kept))
                if not kept:
                    through.lost.append((row["id"], sentence))
        for each in row["wrong"]:
            passed = isinstance(say(each["sentence"]), Answer)
            counts = through.wrong.setdefault(each["kind"], Counter())
            counts.update(said=1, passed=int(passed))
            if passed:
                through.passed.append((row["id"], each["sentence"]))
    return through


def bare(text: str) -> str:
    """Letters and digits of a text without its markers, to compare it by."""
    return "".join(c for c in _MARKERS.sub("", text).lower() if c.isalnum())


class _Scripted:
    name = "scripted"

    def __init__(self, words: str) -> None:
        self._words = words

    def generate(self, prompt: Prompt) -> Iterator[str]:
        del prompt
        yield self._words


class _Stored:
    def __init__(self, texts: Mapping[DocumentId, ParsedText]) -> None:
        self._texts = texts

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText | None:
        del revision
        return self._texts.get(document)


def _spoken(
    speech: GroundedSpeech, speaker: Generator, prompt: Prompt, verifier: Verifier | None
) -> Outcome | None:
    speaking = speech.speak(speaker, prompt, verifier=verifier)
    while True:
        try:
            next(speaking)
        except StopIteration as stop:
            outcome: Outcome | None = stop.value.outcome
            return outcome


def _passages(
    sources: Iterable[Mapping[str, Any]], texts: Mapping[DocumentId, ParsedText]
) -> tuple[tuple[Passage, ...], _Stored]:
    passages = []
    stored = dict(texts)
    for source in sources:
        text, (title, *path) = source["text"], source["head"].split(" > ")
        found = ((name, parsed.text.find(text)) for name, parsed in texts.items())
        document, start = next((each for each in found if each[1] >= 0), (None, 0))
        if document is None:
            document = DocumentId(f"source-{source['n']}.md")
            stored[document] = ParsedText(text, title)
        chunk = Chunk(source["n"], start, start + len(text), text, title, tuple(path))
        passages.append(Passage(document, _REVISION, "w", chunk, 1.0))
    return tuple(passages), _Stored(stored)


def _sentences(answer: str) -> list[str]:
    text = _MARKERS.sub("", answer)
    return [text[unit.start : unit.end] for unit in split_sentences(text)]


def _parsed(folder: Path) -> dict[DocumentId, ParsedText]:
    texts = {}
    with contextlib.closing(SandboxedParser()) as parser:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            with contextlib.suppress(DocumentError):
                texts[DocumentId(name)] = parser.parse(name, path.read_bytes())
    return texts


@click.command()
@click.option(
    "--set", "file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--docs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The documents that the sources are from, for their neighbours.",
)
@click.option("--always-right", is_flag=True, help="Check with a verifier that knows the labels.")
def main(file: Path, docs: Path | None, *, always_right: bool) -> None:
    """Print what is kept of right sentences and let through of wrong ones, by kind."""
    logging.disable(logging.WARNING)
    rows = read_rows(file)
    settings = load_settings()
    verifier = AlwaysRight(rows) if always_right else None
    found = run_through(
        rows,
        verifier or models.verifier_of(settings, models.model_of(settings)),
        _parsed(docs) if docs else None,
    )
    click.echo("| | sentences | shown |\n| --- | --- | --- |")
    click.echo(f"| right | {found.right['said']} | {found.kept:.3f} |")
    for kind, counts in sorted(found.wrong.items()):
        click.echo(f"| {kind} | {counts['said']} | {counts['passed'] / counts['said']:.3f} |")
    click.echo(f"| all wrong | | {found.let_through:.3f} |")
    click.echo(f"\nbalanced accuracy {found.balanced:.3f}")


if __name__ == "__main__":
    main()
