"""A data folder that an older version filled is read anew in the background, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.laptop import Laptop
from wellread import bootstrap
from wellread.adapters import parsing
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.domain.access.scope import Operator
from wellread.domain.ask.answers import Answer
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.lambda_runtime import LocalContext, load_handler
from wellread.local.page.shelf import counts_of
from wellread.local.status import status

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


@pytest.fixture
def restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Laptop]]:
    """Serves the same folder once more, by a version of that number."""
    running: list[Laptop] = []

    def start(version: str) -> Laptop:
        for each in running:
            each.close()
        monkeypatch.setattr(parsing, "PARSER_VERSION", version)
        running[:] = [Laptop(tmp_path / "data")]
        return running[0]

    yield start
    for each in running:
        each.close()


def told(laptop: Laptop) -> str:
    result = CliRunner().invoke(
        status, ["--data", str(laptop.settings.data)], catch_exceptions=False
    )
    bootstrap.install(laptop.services)
    return result.output


def versions(laptop: Laptop) -> dict[str, str]:
    """By which recipe each document's searchable build was made."""
    records = laptop.services.documents.sample(Operator(), 100)
    return {record.document: record.active.recipe for record in records if record.active}


def test_a_newer_version_reads_old_documents_anew_while_they_are_searchable(
    restart: Callable[[str], Laptop],
) -> None:
    old = restart("1")
    old.drop("a.md", LEAVE)
    old.drop("b.md", LEAVE)
    assert "again" not in told(old)
    new = restart("2")

    assert counts_of(new.services.documents.progress(Operator())) == (
        "2 of 2 indexed · 2 being read again by a newer version"
    )
    assert (
        "2 documents are read again by a newer version once `wellread serve` runs; they stay "
        "searchable meanwhile.\n" in told(new)
    )
    assert isinstance(new.ask("How many days of leave?").outcome, Answer)
    new.host.start()
    deadline = time.monotonic() + 20
    while set(versions(new).values()) != {"parser 2, chunker 1"}:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    assert "again" not in told(new)
    assert isinstance(new.ask("How many days of leave?").outcome, Answer)
    new.host.stop()


def test_a_citation_of_before_still_opens_at_the_words_it_quotes(
    restart: Callable[[str], Laptop], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = restart("1")
    old.drop("a.md", LEAVE)
    outcome = old.ask("How many days of leave?").outcome
    assert isinstance(outcome, Answer)
    (before,) = outcome.citations
    new = restart("2")
    parse = SandboxedParser.parse
    monkeypatch.setattr(
        SandboxedParser,
        "parse",
        lambda self, name, data: parse(self, name, b"# Foreword\n\nNew.\n\n" + data),
    )
    handler = load_handler("reconcile")
    handler({"page": {"after": ""}, "run": "r"}, LocalContext("reconcile"))
    new.work()

    opened = new.services.documents.open(
        Operator(), DocumentId("a.md"), revision=before.revision, quote=before.quote
    )
    assert (opened.start, opened.newest) == (before.start, True)
    outcome = new.ask("How many days of leave?").outcome
    assert isinstance(outcome, Answer)
    (after,) = outcome.citations
    assert after.start > before.start
    opened = new.services.documents.open(
        Operator(), DocumentId("a.md"), revision=after.revision, quote=after.quote
    )
    assert (opened.start, opened.newest) == (after.start, True)
    assert new.show("a.md").revision == before.revision
