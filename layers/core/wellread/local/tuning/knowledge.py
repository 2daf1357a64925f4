"""What a fine-tuning run learns from and is asked: a set of its own, or a knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from wellread.bootstrap.arms import arms_of
from wellread.bootstrap.embedded import EmbeddedServices
from wellread.domain.access.scope import EVERYONE, Operator
from wellread.domain.ask.reviewed import ReviewedAnswer
from wellread.domain.evaluation.cases import EvaluationQuestion, InjectionCase, parse_questions
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError, PermanentError
from wellread.domain.tune.manifests import HELD_OUT
from wellread.local.data_folder import beside, settings_of
from wellread.local.evaluation import ingesting
from wellread.local.evaluation.plan import EvaluationFolders, plan_evaluation
from wellread.local.lock import HostLock
from wellread.local.logs import log_to
from wellread.local.printing import all_documents
from wellread.services.tune.evaluating import Arms
from wellread.services.tune.run_plan import PutCase
from wellread.settings import Settings, load_settings

_KNOWN_QUESTIONS = 120
"""About so many questions are made where none are brought."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The documents of a run, and the questions about those that are kept out of training.

    Attributes:
        name: For people.
        settings: Name the data folder.
        audiences: Who may ask the model that comes of it.
        held_out: The documents that the questions are about; None where the dataset chooses.
        count: About how many questions there are.
        cases: Of documents with instructions in them.
        open: The services over it, until they are let go.
        injected: A copy of the documents, in which a case's can be put.
        questions: What is asked, given the dataset's folder.
        own: Whether the data folder is the set's own, and nobody's knowledge base.
    """

    name: str
    settings: Settings
    audiences: frozenset[str]
    held_out: frozenset[DocumentId] | None
    count: int
    cases: tuple[InjectionCase, ...]
    open: Callable[[], AbstractContextManager[EmbeddedServices]]
    injected: Callable[[], AbstractContextManager[tuple[Arms, PutCase]]]
    questions: Callable[[Path], Sequence[EvaluationQuestion]]
    own: bool

    def fingerprint(self, services: EmbeddedServices) -> list[str]:
        """Changes with every document that can be learnt from."""
        return [
            f"{each.document} {each.revision}"
            for each in all_documents(services, DocumentStatus.INDEXED)
        ]


def of_set(
    folder: Path,
    out: Path,
    injection: Path | None,
    data: Path | None,
    *,
    build: ingesting.Build = EmbeddedServices,
) -> Knowledge:
    """A set of documents and questions, in a data folder of its own.

    Args:
        folder: Holds docs/ and questions.jsonl.
        out: Where the report goes.
        injection: Holds docs/ and cases.jsonl.
        data: The data folder; None for one in the cache.
        build: From settings to the services; tests give other models.

    Raises:
        InvalidConfigurationError: Something is missing or malformed; the message says where.
    """
    folders = plan_evaluation(folder, out, injection=injection)
    settings = load_settings(
        data=data or ingesting.default_data_folder(folders.documents, load_settings().embedder),
        documents=folders.documents,
    )
    asked_about = frozenset(
        DocumentId(each)
        for question in folders.plan.questions
        for each in (*question.gold, *question.related)
    )

    @contextmanager
    def injected() -> Iterator[tuple[Arms, PutCase]]:
        with ingesting.injected(settings, build) as (services, put):
            yield (
                arms_of(services, [EVERYONE]),
                lambda case: put(case, folders.case_documents),
            )

    return Knowledge(
        name=folders.plan.name,
        settings=settings,
        audiences=frozenset({EVERYONE}),
        held_out=asked_about,
        count=len(folders.plan.questions),
        cases=folders.plan.cases,
        open=lambda: _ingested(folders, settings, build),
        injected=injected,
        questions=lambda _: folders.plan.questions,
        own=True,
    )


def of_data_folder(data: Path | None, audiences: Sequence[str]) -> Knowledge:
    """The knowledge base of a data folder, whether or not a host serves it.

    Raises:
        InvalidConfigurationError: The settings are wrong.
    """
    settings = settings_of(data)

    @contextmanager
    def injected() -> Iterator[tuple[Arms, PutCase]]:
        raise InvalidConfigurationError("--injection goes with --set: it replaces documents.")
        yield

    return Knowledge(
        name=str(settings.data),
        settings=settings,
        audiences=frozenset(audiences or (EVERYONE,)),
        held_out=None,
        count=_KNOWN_QUESTIONS,
        cases=(),
        open=lambda: beside(settings),
        injected=injected,
        questions=_held_out_questions,
        own=False,
    )


@contextmanager
def _ingested(
    folders: EvaluationFolders, settings: Settings, build: ingesting.Build
) -> Iterator[EmbeddedServices]:
    """The services over a set, once all of it is read."""
    before = ingesting.claim(settings, folders.documents)
    log_to(settings.data)
    with HostLock(settings.data):
        click.echo(f"The set's data is in {settings.data}", err=True)
        _, failed = ingesting.ingest(settings, build, before=before)
        for each in failed:
            click.echo(f"not read: {each.document!r}: {each.code}", err=True)
        services = build(settings)
        try:
            if not services.documents.any_in(Operator(), DocumentStatus.INDEXED):
                raise PermanentError("None of the set's documents could be read.")
            yield services
        finally:
            services.close()


def _held_out_questions(dataset: Path) -> Sequence[EvaluationQuestion]:
    """The questions that were made with the dataset, about documents that are not in it."""
    path = dataset / HELD_OUT
    if not path.is_file():
        raise PermanentError(
            "No question could be made about documents that are kept out of training: there are "
            "too few of them. Add documents, or bring questions of your own with --set."
        )
    return parse_questions(path.read_text(encoding="utf-8").split("\n"), HELD_OUT)


def reviewed_questions(
    answers: Iterable[ReviewedAnswer], held_out: frozenset[str]
) -> list[EvaluationQuestion]:
    """What people asked and somebody answered, where it rests on documents that were kept out."""
    return [
        EvaluationQuestion(
            id=f"reviewed-{each.id}",
            text=each.question,
            answers=(each.text,),
            gold=tuple(sorted(each.documents)),
        )
        for each in answers
        if each.documents and each.documents <= held_out
    ]
