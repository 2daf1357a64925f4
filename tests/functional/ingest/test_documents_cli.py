"""`wellread documents reconcile` and `redrive`: they say what they do, and do it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.laptop import Laptop, WordEmbedder
from wellread import bootstrap
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import log_name
from wellread.domain.knowledge.errors import FailureCode
from wellread.local.documents_cli import documents
from wellread.local.lambda_runtime import LocalContext, load_handler

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


def run(laptop: Laptop, *arguments: str, answer: str | None = None) -> Result:
    name, *rest = arguments
    result = CliRunner().invoke(
        documents,
        [name, "--data", str(laptop.settings.data), *rest],
        input=answer,
        catch_exceptions=False,
    )
    bootstrap.install(laptop.services)
    return result


@pytest.fixture
def broken(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> Laptop:
    """A laptop where embedding was out of order for a while."""

    def explode(*_: object) -> None:
        raise RuntimeError("a bug")

    laptop.retry_at_once()
    with monkeypatch.context() as out_of_order:
        out_of_order.setattr(WordEmbedder, "embed_documents", explode)
        laptop.write("a.md", LEAVE)
        laptop.drop("b.md", LEAVE)
    return laptop


def test_redrive_says_what_it_will_do_and_does_nothing_unless_told(broken: Laptop) -> None:
    result = run(broken, "redrive", answer="n\n")

    assert "Queue documents: no dead letters." in result.output
    assert "Queue chunks: 2 dead letters would be delivered again" in result.output
    assert "2 documents failed as `internal` and would be read again:" in result.output
    assert "  a.md\n  b.md\n" in result.output
    assert "Nothing was changed." in result.output
    assert len(broken.chunk_queue.dead()) == 2


def test_redriven_messages_bring_their_documents_back(broken: Laptop) -> None:
    result = run(broken, "redrive", "--yes")
    broken.work()

    assert "2 dead letters will be delivered again, and 2 documents read again" in result.output
    assert broken.chunk_queue.dead() == []
    assert {broken.show(key).status for key in ("a.md", "b.md")} == {DocumentStatus.INDEXED}
    assert "There is nothing to redrive." in run(broken, "redrive").output


def test_redrive_leaves_alone_what_failed_for_a_reason_of_its_own(laptop: Laptop) -> None:
    laptop.drop("empty.txt", "")

    assert "There is nothing to redrive." in run(laptop, "redrive", "--yes").output
    assert laptop.show("empty.txt").code == FailureCode.EMPTY


def test_a_dead_letter_that_cannot_be_read_is_counted(laptop: Laptop) -> None:
    laptop.chunk_queue.send(["{}"])
    (message,) = laptop.chunk_queue.receive(1, 60)
    laptop.chunk_queue.bury(message)

    assert "Queue chunks: 1 dead letter would be" in run(laptop, "redrive", answer="n\n").output


def test_reconcile_reports_and_repairs(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.drop("empty.txt", "")
    laptop.write("lost.md", LEAVE)
    result = run(laptop, "reconcile")

    assert "**missing**: 1 in the bucket, unknown to the registry." in result.output
    assert "- `lost.md`" in result.output
    assert "**empty**: 1 failed. The file is empty." in result.output
    kept = Path(result.output.split("Kept as ")[1].splitlines()[0])
    assert kept.read_text(encoding="utf-8") in result.output
    while laptop.chunk_next() or laptop.embed_next():
        pass
    assert laptop.show("lost.md").status is DocumentStatus.INDEXED

    again = json.loads(run(laptop, "reconcile", "--json").output)
    assert again["counts"] == {}


def test_the_reconcile_function_takes_the_steps_of_its_state_machine(laptop: Laptop) -> None:
    laptop.drop("a.md", LEAVE)
    laptop.write("lost.md", LEAVE)
    handler = load_handler("reconcile")
    context = LocalContext("reconcile")
    items = [{"Key": key, "run": "r1"} for key in ("a.md", "lost.md")]

    assert handler({"Items": items}, context) == {"run": "r1", "checked": 2, "differences": 1}
    assert handler({"Key": "a.md", "run": "r1"}, context)["differences"] == 0
    assert handler({"keys": ["a.md"], "run": "r1"}, context)["checked"] == 1
    laptop.work()
    assert handler({"page": {"after": ""}, "run": "r1"}, context) == {"run": "r1", "next": None}
    report = handler({"report": {}, "run": "r1"}, context)
    assert (report["compared"], report["differences"]) == (2, 0)
    assert Path(report["report"]).name == "report.md"


def test_a_document_is_found_by_what_stands_for_it_in_logs_and_lists(laptop: Laptop) -> None:
    laptop.drop("hr/pay\u202e.md", LEAVE)

    for name in ("hr/pay\u202e.md", "hr/pay\\u202e.md", log_name("hr/pay\u202e.md")):
        shown = json.loads(run(laptop, "show", name).output)
        assert shown["document"] == "hr/pay\\u202e.md"
        assert "1 will be read again" in run(laptop, "retry", name).output
