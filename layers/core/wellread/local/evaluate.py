"""`wellread evaluate`: how good the answers are, on questions whose answers are known."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from wellread.bootstrap import embedded
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.questions import Asker, AskerId, Mode
from wellread.domain.evaluation.cases import (
    Asked,
    CaseResult,
    EvaluationQuestion,
    InjectionCase,
    parse_cases,
    parse_questions,
)
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local import evaluation_data, evaluation_index, evaluation_pictures
from wellread.local.evaluation_report import (
    REPORT,
    as_markdown,
    build_report,
    describe_comparison,
    describe_injection,
    read_rows,
    rows_of,
)
from wellread.local.lock import HostLock
from wellread.local.logs import log_to
from wellread.services.evaluation.run import Evaluation
from wellread.settings import Settings, load_settings

RUN = "run.jsonl"
_SHOWN_MISSING = 3

_folder = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What to evaluate.

    Attributes:
        documents: The set's documents.
        questions: To ask.
        cases: Of documents with instructions in them, whose texts are in `case_documents`.
        against: Finished runs to compare with, `pool` those that count as part of this one.
    """

    name: str
    documents: Path
    questions: tuple[EvaluationQuestion, ...]
    out: Path
    mode: Mode = Mode.RAG
    cases: tuple[InjectionCase, ...] = ()
    case_documents: Path = Path()
    against: tuple[Path, ...] = ()
    pool: tuple[Path, ...] = ()


@click.command()
@click.option(
    "--set", "folder", type=_folder, required=True, help="Holds docs/ and questions.jsonl."
)
@click.option("--out", type=_folder, required=True, help="Where the report goes.")
@click.option(
    "--injection",
    type=_folder,
    help="Holds docs/ and cases.jsonl: documents with instructions in them.",
)
@click.option(
    "--against",
    type=_folder,
    multiple=True,
    help="Compare with the run whose --out this was (may be repeated).",
)
@click.option(
    "--pool",
    type=_folder,
    multiple=True,
    help="Count the run whose --out this was as part of this one when comparing (may be repeated).",
)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.RAG.value,
    show_default=True,
    help="What the answers may come from.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask only the first so many questions.")
@click.option(
    "--data",
    type=_folder,
    help="Folder for the ingested set. [default: one of its own in the cache]",
)
@click.option(
    "--index",
    metavar="URL",
    help="Keep the passages in the OpenSearch there, in an index that is deleted at the end.",
)
@click.option(
    "--index-engine",
    type=click.Choice(["faiss", "lucene"]),
    help="Of that OpenSearch. [default: faiss, and signed requests, for https; lucene for http]",
)
def evaluate(
    folder: Path,
    out: Path,
    injection: Path | None,
    against: tuple[Path, ...],
    pool: tuple[Path, ...],
    mode: str,
    limit: int | None,
    data: Path | None,
    index: str | None,
    index_engine: evaluation_index.Engine | None,
) -> None:
    """Ask questions whose answers are known; report how good retrieval, answers and declines are.

    The set is ingested into a data folder of its own, once: nothing of yours is touched.
    """
    if pool and not against:
        raise click.UsageError("--pool says what to compare together; it wants --against.")
    plan = plan_evaluation(
        folder, out, injection=injection, mode=Mode(mode), limit=limit, against=against, pool=pool
    )
    if index_engine and not index:
        raise click.UsageError("--index-engine is of --index, which is missing.")
    embedder = load_settings().embedder
    settings = load_settings(
        data=data
        or evaluation_data.default_data_folder(plan.documents, embedder, elsewhere=bool(index)),
        documents=plan.documents,
    )
    log_to(settings.data)
    if index is None:
        run_evaluation(plan, settings)
        return
    engine = index_engine or evaluation_index.engine_of(index)
    with evaluation_index.index_at(index, engine, embedder) as passage_index:

        def build(settings: Settings) -> embedded.EmbeddedServices:
            services = embedded.EmbeddedServices(settings)
            services.adapters.index = passage_index(services.adapters.rules)
            return services

        run_evaluation(plan, settings, build=build, elsewhere=True)


def plan_evaluation(
    folder: Path,
    out: Path,
    *,
    injection: Path | None = None,
    mode: Mode = Mode.RAG,
    limit: int | None = None,
    against: tuple[Path, ...] = (),
    pool: tuple[Path, ...] = (),
) -> EvaluationPlan:
    """Read the questions, and look for mistakes before anything takes time.

    Raises:
        InvalidConfigurationError: Something is missing or malformed; the message says where.
    """
    documents = folder / "docs"
    questions = parse_questions(_lines(folder / "questions.jsonl"), "questions.jsonl")
    _need_documents(documents)
    cases: tuple[InjectionCase, ...] = ()
    if injection is not None:
        cases = parse_cases(_lines(injection / "cases.jsonl"), "cases.jsonl")
        for case in cases:
            _need_file(injection / "docs", case.document, case.id)
            _need_file(documents, case.replaces, case.id)
    for other in (*against, *pool):
        read_rows(other)
    questions = questions[:limit]
    unknown = {gold for q in questions for gold in q.gold if not (documents / gold).is_file()}
    if unknown:
        click.echo(
            f"wellread: {len(unknown)} gold documents are not in {str(documents)!r}, among them "
            + ", ".join(sorted(unknown)[:_SHOWN_MISSING])
            + ". Questions count as missed where nothing else is gold.",
            err=True,
        )
    return EvaluationPlan(
        name=folder.resolve().name,
        documents=documents,
        questions=questions,
        out=out,
        mode=mode,
        cases=cases,
        case_documents=injection / "docs" if injection else Path(),
        against=against,
        pool=pool,
    )


def run_evaluation(
    plan: EvaluationPlan,
    settings: Settings,
    *,
    build: evaluation_data.Build = embedded.EmbeddedServices,
    elsewhere: bool = False,
) -> dict[str, Any]:
    """Ingest, ask, and write everything into the plan's folder.

    Args:
        plan: What to evaluate.
        settings: Name the data folder and the models.
        build: From settings to the services; tests give other models.
        elsewhere: Whether `build` keeps the passages in a new index outside of the data folder.

    Returns:
        The report.
    """
    before = evaluation_data.claim(settings, plan.documents, elsewhere=elsewhere)
    try:
        plan.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfigurationError(
            f"--out {str(plan.out)!r} cannot be written ({error.strerror})."
        ) from error
    with HostLock(settings.data):
        click.echo(f"The set's data is in {settings.data}")
        indexed, failed = evaluation_data.ingest(
            settings, build, before=before, anew=elsewhere and before is not None
        )
        for each in failed:
            click.echo(f"not read: {each.document!r}: {each.code}")
        asked = _ask_questions(plan, settings, build)
        results = _ask_cases(plan, settings, build)
    report = build_report(
        asked,
        {
            "set": plan.name,
            "mode": plan.mode.value,
            "embedder": settings.embedder,
            "index": "opensearch" if elsewhere else "embedded",
            "passages": settings.passages,
            "documents": {
                "indexed": indexed,
                "failed": [{"document": d.document, "code": d.code} for d in failed],
            },
        },
    )
    if results:
        report["injection"] = describe_injection(results)
    if plan.against:
        this = rows_of(report)
        for folder in plan.pool:
            this = {**read_rows(folder), **this}
        other = {key: row for folder in plan.against for key, row in read_rows(folder).items()}
        report["against"] = describe_comparison(this, other, plan.against)
    _write(plan.out, report)
    return report


def _ask_questions(
    plan: EvaluationPlan, settings: Settings, build: evaluation_data.Build
) -> list[Asked]:
    asked = []
    progress = evaluation_data.Progress()
    services = build(settings)
    with contextlib.closing(services), (plan.out / RUN).open("w", encoding="utf-8") as run:
        evaluation = _evaluation(services, plan.mode)
        evaluation.warm_up()
        for number, question in enumerate(plan.questions, start=1):
            asked.append(evaluation.ask(question))
            run.write(json.dumps(asked[-1].as_run_line()) + "\n")
            last = number == len(plan.questions)
            progress(f"Asked {number} of {len(plan.questions)} questions", final=last)
    return asked


def _ask_cases(
    plan: EvaluationPlan, settings: Settings, build: evaluation_data.Build
) -> list[CaseResult]:
    if not plan.cases:
        return []
    results = []
    progress = evaluation_data.Progress()
    with evaluation_data.injected(settings, build) as (services, put):
        evaluation = _evaluation(services, plan.mode)
        for number, case in enumerate(plan.cases, start=1):
            put(case, plan.case_documents)
            results.append(evaluation.ask_case(case))
            last = number == len(plan.cases)
            progress(f"Asked {number} of {len(plan.cases)} injection cases", final=last)
    return results


def _evaluation(services: embedded.EmbeddedServices, mode: Mode) -> Evaluation:
    return Evaluation(
        services.answering,
        services.documents,
        services.retrieval.retrieve,
        asker=Asker(AskerId("evaluation"), Scope.of(EVERYONE)),
        mode=mode,
    )


def _write(out: Path, report: dict[str, Any]) -> None:
    text = json.dumps(report, indent=2)
    (out / REPORT).write_text(text + "\n", encoding="utf-8")
    pictures = evaluation_pictures.draw(report, out)
    if pictures is None:
        click.echo(evaluation_pictures.MISSING, err=True)
    # Half of a pair of surrogates, as JSON can hold one, cannot be written.
    markdown = as_markdown(report, pictures or []).encode("utf-8", "replace").decode()
    (out / "report.md").write_text(markdown, encoding="utf-8")
    click.echo()
    click.echo(markdown)
    click.echo(f"Written to {out}: {', '.join([RUN, REPORT, 'report.md', *(pictures or [])])}")


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


def _need_documents(folder: Path) -> None:
    if not folder.is_dir():
        raise InvalidConfigurationError(
            f"There is no folder {str(folder)!r}: a set has its documents in docs/."
        )


def _need_file(folder: Path, name: str, case: str) -> None:
    path = (folder / name).resolve()
    if not path.is_file() or not path.is_relative_to(folder.resolve()):
        raise InvalidConfigurationError(
            f'cases.jsonl, case "{case}": {name!r} is not in {str(folder)!r}.'
        )
