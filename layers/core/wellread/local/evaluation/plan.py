"""Reading a set of questions, and the runs to compare with, from folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from wellread.domain.ask.questions import Mode
from wellread.domain.evaluation.cases import InjectionCase, parse_cases, parse_questions
from wellread.domain.evaluation.comparison import Rows, rows_of
from wellread.domain.evaluation.plan import EvaluationPlan
from wellread.domain.knowledge.errors import InvalidConfigurationError

REPORT = "report.json"
_SHOWN_MISSING = 3


@dataclass(frozen=True, slots=True)
class EvaluationFolders:
    """The folders of an evaluation, and the plan that was read from them.

    Attributes:
        documents: The set's.
        case_documents: The documents of the plan's cases, which have instructions in them.
        out: Where the report goes.
    """

    plan: EvaluationPlan
    documents: Path
    case_documents: Path
    out: Path


def plan_evaluation(
    folder: Path,
    out: Path,
    *,
    injection: Path | None = None,
    mode: Mode = Mode.RAG,
    limit: int | None = None,
    against: tuple[Path, ...] = (),
    pool: tuple[Path, ...] = (),
) -> EvaluationFolders:
    """Read the questions, and look for mistakes before anything takes time.

    Raises:
        InvalidConfigurationError: Something is missing or malformed; the message says where.
    """
    documents = folder / "docs"
    questions = parse_questions(_lines(folder / "questions.jsonl"), "questions.jsonl")
    if not documents.is_dir():
        raise InvalidConfigurationError(
            f"There is no folder {str(documents)!r}: a set has its documents in docs/."
        )
    cases: tuple[InjectionCase, ...] = ()
    if injection is not None:
        cases = parse_cases(_lines(injection / "cases.jsonl"), "cases.jsonl")
        for case in cases:
            _need_file(injection / "docs", case.document, case.id)
            _need_file(documents, case.replaces, case.id)
    compared = {str(other): _read_rows(other) for other in against}
    pooled = tuple(_read_rows(other) for other in pool)
    questions = questions[:limit]
    unknown = {gold for q in questions for gold in q.gold if not (documents / gold).is_file()}
    if unknown:
        click.echo(
            f"wellread: {len(unknown)} gold documents are not in {str(documents)!r}, among them "
            + ", ".join(sorted(unknown)[:_SHOWN_MISSING])
            + ". Questions count as missed where nothing else is gold.",
            err=True,
        )
    return EvaluationFolders(
        EvaluationPlan(folder.resolve().name, questions, mode, cases, compared, pooled),
        documents,
        injection / "docs" if injection else Path(),
        out,
    )


def _read_rows(folder: Path) -> Rows:
    path = folder / REPORT
    try:
        return rows_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidConfigurationError(
            f"{str(folder)!r} does not hold a finished run: {REPORT} is not there or cannot be "
            "read. Name the --out folder of an earlier `wellread evaluate`."
        ) from error


def _lines(path: Path) -> Sequence[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise InvalidConfigurationError(
            f"{str(path)!r} cannot be read ({error.strerror}). docs/evaluating.md says what it "
            "must hold."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidConfigurationError(f"{str(path)!r} is not UTF-8. Save it as UTF-8.") from error


def _need_file(folder: Path, name: str, case: str) -> None:
    path = (folder / name).resolve()
    if not path.is_file() or not path.is_relative_to(folder.resolve()):
        raise InvalidConfigurationError(
            f'cases.jsonl, case "{case}": {name!r} is not in {str(folder)!r}.'
        )
