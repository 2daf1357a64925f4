"""What is said of sources, right and wrong, put to a verifier: alone, or as an answer goes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellread.domain.ask.answers import Answer
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.ask.checking.leaning import leans
from wellread.domain.ask.prompting import Prompt, is_decline
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.documents import Chunk, DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.domain.text.sentences import split_sentences
from wellread.ports.models import Verifier
from wellread.services.ask.checking import NO_PLACE
from wellread.services.ask.grounded_speech import GroundedSpeech

RIGHT = "right"
"""The kind of a claim that nothing is wrong with."""

_MARKER = re.compile(r"\s*\[(\d+)\]")
_MARKERS_AFTER_STOP = re.compile(r"([.!?])((?:\s*\[\d+\])+)")
_REVISION = RevisionId("1")

Texts = Mapping[DocumentId, ParsedText]


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, right or wrong in some way, and what it claims."""

    kind: str
    answer: str
    claims: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of some sources.

    Attributes:
        style: Where the sources are from; rows of one style were written alike.
        question: What the answers are to.
        sources: Each with `n`, `head` and `text`.
    """

    style: str
    question: str
    sources: Sequence[Mapping[str, Any]]
    said: Sequence[Said]


@dataclass(frozen=True, slots=True)
class Result:
    """A claim and what became of it."""

    kind: str
    claim: Claim
    through: bool


def read_rows(file: Path) -> list[Row]:
    """The rows of a set: of answers and their sources, or of passages and claims about each."""
    return [row_of(json.loads(line)) for line in file.read_text("utf-8").splitlines() if line]


def row_of(record: Mapping[str, Any]) -> Row:
    """A row in either of the two forms."""
    if "sources" not in record:
        passage = record["source"]
        told = [(RIGHT, text) for text in record["right"]]
        told += [(wrong["kind"], wrong["claim"]) for wrong in record["wrong"]]
        said = [Said(kind, text, [Claim(record["id"], text, passage)]) for kind, text in told]
        sources = [{"n": 1, "head": "", "text": passage}]
        return Row(Path(record["from"]).suffix or record["from"], "", sources, said)
    told = [] if is_decline(record["right"]) else [(RIGHT, record["right"])]
    told += [(wrong["kind"], wrong["sentence"]) for wrong in record["wrong"]]
    said = [Said(kind, text, _claims(record, text)) for kind, text in told]
    return Row("", record["question"], record["sources"], said)


def _claims(record: Mapping[str, Any], answer: str) -> list[Claim]:
    """The sentences of an answer, each with the sources that it marks; all of them where none."""
    text = _MARKERS_AFTER_STOP.sub(r"\2\1", answer)
    found: list[Claim] = []
    for unit in split_sentences(text):
        sentence = text[unit.start : unit.end]
        marked = {int(number) for number in _MARKER.findall(sentence)}
        cited = [s for s in record["sources"] if s["n"] in marked] or record["sources"]
        source = "\n\n".join(each["text"] for each in cited)
        head = "\n".join(each["head"] for each in cited)
        bare_sentence = _MARKER.sub("", sentence)
        before = found[-1].text if found and leans(bare_sentence) else ""
        found.append(Claim(record["id"], bare_sentence, source, head, before))
    return found


def alone(verifier: Verifier, row: Row) -> Iterator[Result]:
    """Have each answer's claims verified against the sources that they mark."""
    for said in row.said:
        verdicts = verifier.verify(said.claims)
        for claim, through in zip(said.claims, verdicts, strict=True):
            yield Result(said.kind, claim, through)


def on_the_path(verifier: Verifier, row: Row, texts: Texts) -> Iterator[Result]:
    """Let a generator say each answer: what is shown of it was found, verified and cited.

    Args:
        verifier: Who checks.
        row: What is said, of which sources.
        texts: The documents that the sources are from, so that they have their neighbours. A
            source that stands in none of them is a document of its own.

    Raises:
        ModelUnavailableError: The verifier failed, so that something else decided.
    """
    passages, stored = _passages(row.sources, texts)
    for said in row.said:
        speech = GroundedSpeech(stored)  # type: ignore[arg-type]  # texts are all it asks for
        prompt = Prompt(row.question, row.question, passages, Mode.RAG)
        speaking = speech.speak(_Scripted(said.answer), prompt, verifier=verifier)
        while True:
            try:
                next(speaking)
            except StopIteration as stop:
                spoken = stop.value
                break
        if any(each.by not in (verifier.name, NO_PLACE) for each in spoken.checked):
            raise ModelUnavailableError(f"{verifier.name} did not answer")
        shown = bare(spoken.outcome.text) if isinstance(spoken.outcome, Answer) else ""
        for claim in said.claims:
            through = bare(claim.text) in shown if said.kind == RIGHT else bool(shown)
            yield Result(said.kind, claim, through)


class AlwaysRight:
    """A verifier that knows the labels, so that what is lost was lost elsewhere."""

    name = "always right"

    def __init__(self, rows: Sequence[Row]) -> None:
        """Learn the labels."""
        said = [each for row in rows for each in row.said]
        self._right = [bare(each.answer) for each in said if each.kind == RIGHT]
        self._wrong = {bare(each.answer) for each in said if each.kind != RIGHT}

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is a sentence of a right answer."""
        return [self.knows(claim.text) for claim in claims]

    def knows(self, text: str) -> bool:
        """Whether a sentence is one of a right answer, and no wrong one."""
        said = bare(text)
        return said not in self._wrong and any(said in right for right in self._right)


def bare(text: str) -> str:
    """Letters and digits of a text without its markers, to compare it by."""
    return "".join(c for c in _MARKER.sub("", text).lower() if c.isalnum())


@dataclass(frozen=True, slots=True)
class _Scripted:
    words: str
    name: str = "scripted"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        del prompt
        yield self.words


@dataclass(frozen=True, slots=True)
class _Stored:
    texts: Texts

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText | None:
        del revision
        return self.texts.get(document)


def _passages(
    sources: Sequence[Mapping[str, Any]], texts: Texts
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
