"""A set of questions and its documents, read and indexed as `wellread evaluate` does it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from wellread.bootstrap import embedded
from wellread.domain.evaluation.cases import EvaluationQuestion, parse_questions
from wellread.local.evaluation import ingesting
from wellread.local.lock import HostLock
from wellread.settings import load_settings

sets_option = click.option(
    "--set",
    "folders",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    multiple=True,
    required=True,
    help="Holds docs/ and questions.jsonl (may be repeated).",
)
"""Of the commands that take sets."""


@dataclass(frozen=True, slots=True)
class IngestedSet:
    """A set, ready to be asked."""

    questions: tuple[EvaluationQuestion, ...]
    services: embedded.EmbeddedServices


@contextlib.contextmanager
def ingested_set(folder: Path) -> Iterator[IngestedSet]:
    """Ingest a set (once: the folder in the cache is kept) and open it.

    Args:
        folder: Holds docs/ and questions.jsonl.
    """
    documents = folder / "docs"
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8-sig").split("\n")
    questions = parse_questions(lines, "questions.jsonl")
    settings = load_settings(
        data=ingesting.default_data_folder(documents, load_settings().embedder),
        documents=documents,
    )
    before = ingesting.claim(settings, documents)
    with HostLock(settings.data):
        ingesting.ingest(settings, embedded.EmbeddedServices, before=before)
        with contextlib.closing(embedded.EmbeddedServices(settings)) as services:
            yield IngestedSet(questions, services)
