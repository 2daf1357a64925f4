"""Questions with known answers, and what came of asking them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from wellread.domain.ask.checking.claims import Checked
from wellread.domain.ask.questions import validate_question
from wellread.domain.knowledge.errors import InvalidConfigurationError, InvalidQuestionError

_MARKER = re.compile(r"\s*\[\d+\]")

PASSAGES_KEPT = 20
"""So many passages of a question are kept: no metric looks further."""


@dataclass(frozen=True, slots=True)
class EvaluationQuestion:
    """A question whose answer is known, or known not to be in the documents.

    Attributes:
        answers: Right answers, each enough by itself; empty where only the documents are known.
        yes_no: "yes" or "no" where that is the answer, else None.
        gold: The documents that hold the answer.
        evidence: Words of the passage that holds it, empty where not known.
        related: Documents that nearly answer a question that none answers.
    """

    id: str
    text: str
    answerable: bool = True
    answers: tuple[str, ...] = ()
    yes_no: str | None = None
    gold: tuple[str, ...] = ()
    evidence: str = ""
    related: tuple[str, ...] = ()

    @property
    def near_miss(self) -> bool:
        """Whether it is unanswerable, though a document speaks of what it is about."""
        return bool(self.related) and not self.answerable


@dataclass(frozen=True, slots=True)
class InjectionCase:
    """A document with an instruction in it that an answer must not follow.

    Attributes:
        document: Put in the place of `replaces` while the question is asked.
        forbidden: What must not stand in the answer.
    """

    id: str
    document: str
    replaces: str
    question: EvaluationQuestion
    forbidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RankedPassage:
    """A passage as the run's file keeps it."""

    document: str
    text: str
    page: int | None


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """A citation, looked up in the stored revision.

    Attributes:
        verbatim: The quote stands in the revision, at the place the citation names.
        opens: Who opens the revision finds the quote in it.
    """

    document: str
    quote: str
    page: int | None
    verbatim: bool
    opens: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and all that came of it.

    Attributes:
        ranked: Documents, best first; empty in a mode that does not retrieve.
        retrieved: Whether the mode retrieves at all.
        answer: The reply's words, those of a decline too.
        score: How sure the answerer was, whatever it said; None where nothing was found.
        checked: What its sentences were checked by.
        costs: Seconds by stage, on the clock (`total_s`) and of the processor (`total_cpu_s`).
    """

    question: EvaluationQuestion
    retrieved: bool
    ranked: tuple[str, ...]
    passages: tuple[RankedPassage, ...]
    answer: str
    declined: bool
    answered_by: str
    citations: tuple[CheckedCitation, ...]
    score: float | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    checked: tuple[Checked, ...] = ()

    def as_run_line(self) -> dict[str, Any]:
        """The shape of a line of `run.jsonl`."""
        return {
            "id": self.question.id,
            "ranked": list(self.ranked),
            "passages": [
                {"document": p.document, "text": p.text, "page": p.page} for p in self.passages
            ],
            "answer": self.answer,
            "answered_by": self.answered_by,
            "declined": self.declined,
            "citations": [
                {"document": c.document, "quote": c.quote, "page": c.page} for c in self.citations
            ],
            "checked": [asdict(checked) for checked in self.checked],
        }


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a document with an instruction in it made of an answer.

    Attributes:
        found: Those of the forbidden strings that stand in the answer.
    """

    case: InjectionCase
    answer: str
    declined: bool
    found: tuple[str, ...]
    right: bool


def parse_questions(lines: Iterable[str], name: str) -> tuple[EvaluationQuestion, ...]:
    """Read a `questions.jsonl`.

    A line needs `id`, `question`, and `gold` or `answers` (or `"answerable": false`).

    Args:
        lines: Of the file.
        name: Of the file, for messages.

    Raises:
        InvalidConfigurationError: Naming the file, the line, what is wrong and what is wanted.
    """
    questions = []
    seen: dict[str, int] = {}
    for entry in _entries(lines, name):
        question = _question(entry)
        if question.id in seen:
            raise entry.error(f'the id "{question.id}" is that of line {seen[question.id]}')
        seen[question.id] = entry.number
        questions.append(question)
    if not questions:
        raise InvalidConfigurationError(f"{name} holds no question.")
    return tuple(questions)


def parse_cases(lines: Iterable[str], name: str) -> tuple[InjectionCase, ...]:
    """Read a `cases.jsonl` of documents with instructions in them.

    Raises:
        InvalidConfigurationError: Naming the file, the line, what is wrong and what is wanted.
    """
    cases = []
    for entry in _entries(lines, name):
        forbidden = entry.texts("must_not_in_answer")
        if not forbidden:
            raise entry.error('"must_not_in_answer" must name at least one string')
        replaces = document_path(entry.text("replaces"))
        asked = EvaluationQuestion(
            id=entry.text("id"),
            text=entry.question(),
            answers=entry.texts("answers"),
            yes_no=entry.yes_no(),
            gold=(replaces,),
        )
        document = document_path(entry.text("doc"))
        cases.append(InjectionCase(asked.id, document, replaces, asked, forbidden))
    if not cases:
        raise InvalidConfigurationError(f"{name} holds no case.")
    return tuple(cases)


def line_of(
    name: str, question: str, answer: str, evidence: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """A line of `questions.jsonl` for a question with a known answer.

    Args:
        name: Its id.
        question: As it is asked.
        answer: With or without markers.
        evidence: The documents that hold the answer, each with the words that do.
    """
    return {
        "id": name,
        "question": question,
        "answers": [_MARKER.sub("", answer)],
        "gold": list(dict.fromkeys(document for document, _ in evidence)),
        "evidence": evidence[0][1] if evidence else "",
        "answerable": True,
    }


def document_path(path: str) -> str:
    """A document's path under `docs/`, however it was written."""
    path = path.replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    return path.removeprefix("docs/")


def _question(entry: _Entry) -> EvaluationQuestion:
    answers, gold, yes_no = entry.texts("answers"), entry.texts("gold"), entry.yes_no()
    answerable = entry.values.get("answerable")
    if answerable is None:
        answerable = bool(answers or gold or yes_no)
        if not answerable:
            raise entry.error(
                'it needs "gold" (paths under docs/) or "answers"; where the documents do not '
                'hold the answer, say "answerable": false'
            )
    if not isinstance(answerable, bool):
        raise entry.error('"answerable" must be true or false')
    if answerable and not (answers or gold or yes_no):
        raise entry.error('an answerable question needs "gold" (paths under docs/) or "answers"')
    evidence = entry.values.get("evidence") or ""
    if not isinstance(evidence, str):
        raise entry.error('"evidence" must be a string')
    return EvaluationQuestion(
        id=entry.text("id"),
        text=entry.question(),
        answerable=answerable,
        answers=answers,
        yes_no=yes_no,
        gold=tuple(document_path(path) for path in gold),
        evidence=evidence,
        related=tuple(document_path(path) for path in entry.texts("related")),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line's object, with its place for messages."""

    values: Mapping[str, Any]
    name: str
    number: int

    def error(self, what: str) -> InvalidConfigurationError:
        return InvalidConfigurationError(f"{self.name}, line {self.number}: {what}.")

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f'it needs "{key}", a string that is not empty')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.error(f'"{key}" must be a list of strings')
        return tuple(text for text in value if text.strip())

    def yes_no(self) -> str | None:
        value = self.values.get("yes_no") or None
        if value not in (None, "yes", "no"):
            raise self.error('"yes_no" must be "yes", "no" or null')
        return value

    def question(self) -> str:
        try:
            return validate_question(self.text("question"))
        except InvalidQuestionError as error:
            raise self.error(f"the question cannot be asked: {error}".rstrip(".")) from error


def _entries(lines: Iterable[str], name: str) -> Iterator[_Entry]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidConfigurationError(
                f"{name}, line {number}: not JSON ({error}). Every line is one JSON object."
            ) from error
        entry = _Entry(values if isinstance(values, dict) else {}, name, number)
        if not isinstance(values, dict):
            raise entry.error("not a JSON object in braces")
        yield entry
