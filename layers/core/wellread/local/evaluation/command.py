"""`wellread evaluate`: how good the answers are, on questions whose answers are known."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from wellread import __version__
from wellread.bootstrap import embedded
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.questions import Asker, AskerId, Mode
from wellread.domain.evaluation.cases import Asked, CaseResult
from wellread.domain.evaluation.markdown import as_markdown
from wellread.domain.evaluation.report import build_report
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.evaluation import ingesting, pictures
from wellread.local.evaluation.plan import REPORT, EvaluationFolders, plan_evaluation
from wellread.local.lock import HostLock
from wellread.local.logs import log_to
from wellread.services.evaluation.run import Evaluation
from wellread.settings import Settings, load_settings

if TYPE_CHECKING:
    from wellread.adapters.aws.opensearch_evaluation import Engine

RUN = "run.jsonl"

_Item = TypeVar("_Item")

_folder = click.Path(path_type=Path, file_okay=False)


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
    index_engine: Engine | None,
) -> None:
    """Ask questions whose answers are known; report how good retrieval, answers and declines are.

    The set is ingested into a data folder of its own, once: nothing of yours is touched.
    """
    if pool and not against:
        raise click.UsageError("--pool says what to compare together; it wants --against.")
    folders = plan_evaluation(
        folder, out, injection=injection, mode=Mode(mode), limit=limit, against=against, pool=pool
    )
    if index_engine and not index:
        raise click.UsageError("--index-engine is of --index, which is missing.")
    embedder = load_settings().embedder
    settings = load_settings(
        data=data
        or ingesting.default_data_folder(folders.documents, embedder, elsewhere=bool(index)),
        documents=folders.documents,
    )
    log_to(settings.data)
    if index is None:
        run_evaluation(folders, settings)
        return
    try:
        from wellread.adapters.aws.opensearch_evaluation import index_at
    except ImportError as error:
        raise InvalidConfigurationError(
            "--index needs opensearch-py: `python3 scripts/setup.py --extra aws` installs it."
        ) from error
    with index_at(index, index_engine, embedder) as passage_index:

        def build(settings: Settings) -> embedded.EmbeddedServices:
            services = embedded.EmbeddedServices(settings)
            services.adapters.index = passage_index(services.adapters.rules)
            return services

        run_evaluation(folders, settings, build=build, elsewhere=True)


def run_evaluation(
    folders: EvaluationFolders,
    settings: Settings,
    *,
    build: ingesting.Build = embedded.EmbeddedServices,
    elsewhere: bool = False,
    draw: pictures.Draw = pictures.draw,
) -> dict[str, Any]:
    """Ingest, ask, and write what came of it into the folder for the report.

    Args:
        folders: What to evaluate.
        settings: Name the data folder and the models.
        build: From settings to the services; tests give other models.
        elsewhere: Whether `build` keeps the passages in a new index outside of the data folder.
        draw: Makes the pictures.

    Returns:
        The report.
    """
    before = ingesting.claim(settings, folders.documents, elsewhere=elsewhere)
    try:
        folders.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidConfigurationError(
            f"--out {str(folders.out)!r} cannot be written ({error.strerror})."
        ) from error
    with HostLock(settings.data):
        click.echo(f"The set's data is in {settings.data}")
        indexed, failed = ingesting.ingest(
            settings, build, before=before, anew=elsewhere and before is not None
        )
        for each in failed:
            click.echo(f"not read: {each.document!r}: {each.code}")
        asked = _ask_questions(folders, settings, build)
        results = _ask_cases(folders, settings, build)
    report = build_report(
        folders.plan,
        asked,
        results,
        {
            "wellread": __version__,
            "embedder": settings.embedder,
            "index": "opensearch" if elsewhere else "embedded",
            "passages": settings.passages,
            "documents": {
                "indexed": indexed,
                "failed": [{"document": d.document, "code": d.code} for d in failed],
            },
        },
    )
    _write(folders.out, report, draw)
    return report


def _ask_questions(
    folders: EvaluationFolders, settings: Settings, build: ingesting.Build
) -> list[Asked]:
    asked = []
    services = build(settings)
    with contextlib.closing(services), (folders.out / RUN).open("w", encoding="utf-8") as run:
        evaluation = _evaluation(services, folders.plan.mode)
        evaluation.warm_up()
        for question in _counted(folders.plan.questions, "questions"):
            asked.append(evaluation.ask(question))
            run.write(json.dumps(asked[-1].as_run_line()) + "\n")
    return asked


def _ask_cases(
    folders: EvaluationFolders, settings: Settings, build: ingesting.Build
) -> list[CaseResult]:
    if not folders.plan.cases:
        return []
    results = []
    with ingesting.injected(settings, build) as (services, put):
        evaluation = _evaluation(services, folders.plan.mode)
        for case in _counted(folders.plan.cases, "injection cases"):
            put(case, folders.case_documents)
            results.append(evaluation.ask_case(case))
    return results


def _counted(items: Sequence[_Item], what: str) -> Iterator[_Item]:
    progress = ingesting.Progress()
    for number, item in enumerate(items, start=1):
        yield item
        progress(f"Asked {number} of {len(items)} {what}", final=number == len(items))


def _evaluation(services: embedded.EmbeddedServices, mode: Mode) -> Evaluation:
    return Evaluation(
        services.answering,
        services.documents,
        services.retrieval.retrieve,
        asker=Asker(AskerId("evaluation"), Scope.of(EVERYONE)),
        mode=mode,
    )


def _write(out: Path, report: dict[str, Any], draw: pictures.Draw) -> None:
    text = json.dumps(report, indent=2)
    (out / REPORT).write_text(text + "\n", encoding="utf-8")
    drawn = draw(report, out)
    if drawn is None:
        click.echo(pictures.MISSING, err=True)
    # Half of a pair of surrogates, as JSON can hold one, cannot be written.
    markdown = as_markdown(report, drawn or []).encode("utf-8", "replace").decode()
    (out / "report.md").write_text(markdown, encoding="utf-8")
    click.echo()
    click.echo(markdown)
    click.echo(f"Written to {out}: {', '.join([RUN, REPORT, 'report.md', *(drawn or [])])}")
