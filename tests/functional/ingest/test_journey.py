"""A document's journey can be followed through the logs, from queue to queue."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.doubles import Counts
from tests.laptop import Laptop
from wellread import observability
from wellread.domain.access.scope import Operator
from wellread.domain.knowledge.documents import DocumentId, log_name
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.knowledge.journey import on_journey, present, reached
from wellread.domain.knowledge.metrics import Metric
from wellread.local.lambda_runtime import LocalContext, load_handler, sqs_event

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The lines as CloudWatch gets them."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(observability.logger.registered_formatter)
    target = logging.getLogger("wellread")
    target.addHandler(handler)
    yield stream
    target.removeHandler(handler)


def lines(log: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_every_line_of_a_document_names_it_its_revision_and_what_set_it_off(
    laptop: Laptop, log: io.StringIO
) -> None:
    shown = laptop.drop("a.md", LEAVE)

    written = lines(log)
    assert {line["function_name"] for line in written} == {"chunk", "embed"}
    assert len({line["function_request_id"] for line in written}) == 2
    assert {line["document"] for line in written} == {log_name("a.md")}
    assert {line["revision"] for line in written} == {shown.revision}
    assert len({line["correlation_id"] for line in written}) == 1


def test_two_documents_are_two_journeys(laptop: Laptop, log: io.StringIO) -> None:
    laptop.write("a.md", LEAVE)
    laptop.write("b.md", LEAVE)
    laptop.work()

    journeys = {(line["document"], line["correlation_id"]) for line in lines(log)}
    assert len(journeys) == 2
    assert len({correlation for _, correlation in journeys}) == 2


def test_a_retry_keeps_the_id_of_the_request_that_asked_for_it(
    laptop: Laptop, log: io.StringIO
) -> None:
    laptop.drop("a.md", LEAVE)
    log.truncate(0)
    log.seek(0)
    with on_journey(correlation="request-7"):
        laptop.services.documents.retry(Operator(), DocumentId("a.md"))
    laptop.work()

    assert {line["correlation_id"] for line in lines(log)} == {"request-7"}


def test_a_delivery_in_vain_is_logged_with_its_journey(
    laptop: Laptop, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TransientError("the index is away")

    laptop.write("a.md", LEAVE)
    laptop.scan()
    laptop.chunk_next()
    index = laptop.adapters.index
    monkeypatch.setattr(type(index), "add", away)
    laptop.embed_next()

    (line,) = [line for line in lines(log) if line["level"] == "WARNING"]
    assert line["document"] == log_name("a.md")
    assert line["revision"] == laptop.show("a.md").revision
    assert line["why"] == "the index is away"
    assert line["delivery"] == 1


def test_no_line_names_the_document_whatever_an_errors_words_say(
    laptop: Laptop, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "hr/layoffs of 'may' ü.md"

    def fails(*_: object) -> None:
        raise KeyError(f"no {name!r} beside /data/{name} nor {quote(name)}")

    laptop.write(name, LEAVE)
    laptop.scan()
    monkeypatch.setattr(type(laptop.adapters.parser), "parse", fails)
    for _ in range(6):
        laptop.chunk_next()

    assert lines(log)
    assert any("exception" in line for line in lines(log))
    assert {line["document"] for line in lines(log)} == {log_name(name)}
    assert "layoffs" not in log.getvalue()


def test_handlers_that_run_at_the_same_time_do_not_mix_their_lines(
    laptop: Laptop, log: io.StringIO
) -> None:
    keys = [f"{number}.md" for number in range(12)]
    for key in keys:
        laptop.write(key, LEAVE)
    laptop.scan()
    messages = laptop.change_queue.receive(20, 60)
    handler = load_handler("chunk")

    def deliver(message) -> None:
        handler(sqs_event("documents", [message]), LocalContext(f"chunk-{message.id}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(deliver, messages))

    journeys = {
        (line["function_name"], line["document"], line["correlation_id"]) for line in lines(log)
    }
    assert len(journeys) == len(keys)
    assert {document for _, document, _ in journeys} == set(map(log_name, keys))


def test_what_is_not_known_of_a_journey_is_left_out() -> None:
    with on_journey(correlation="c"):
        assert present().as_log_keys() == {"correlation_id": "c"}
        with on_journey(document="a"):
            reached("v1")
            assert present().as_log_keys() == {
                "correlation_id": "c",
                "document": "a",
                "revision": "v1",
            }
            with on_journey(document="b"):
                assert present().revision is None
        assert present().document is None


def test_metrics_are_written_at_the_end_of_an_invocation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    meter = observability.EmfMeter()
    meter.add(Metric.DOCUMENTS_INDEXED, 1)
    meter.add(Metric.DOCUMENTS_INDEXED, 1)
    meter.add(Metric.SECONDS_TO_SEARCHABLE, 2.5)
    assert capsys.readouterr().out == ""
    observability.end()

    (line,) = capsys.readouterr().out.splitlines()
    written = json.loads(line)
    assert written["DocumentsIndexed"] == [1, 1]
    assert written["SecondsToSearchable"] == [2.5]
    (about,) = written["_aws"]["CloudWatchMetrics"]
    assert about["Namespace"] == "wellread"
    assert {"Name": "SecondsToSearchable", "Unit": "Seconds"} in about["Metrics"]

    observability.end()
    assert capsys.readouterr().out == ""


def test_what_happens_is_counted(tmp_path: Path) -> None:
    counts = Counts()
    laptop = Laptop(tmp_path / "data", meter=counts)
    laptop.ask("How many days of leave are there?")
    laptop.drop("a.md", LEAVE)
    laptop.drop("empty.txt", "")
    laptop.ask("How many days of leave are there?")
    laptop.delete("a.md")
    laptop.work()
    laptop.close()

    milliseconds = counts.values.pop("RetrievalMilliseconds")
    seconds = counts.values.pop("SecondsToSearchable")
    assert len(milliseconds) == 2
    assert len(seconds) == 1
    assert min(milliseconds + seconds) >= 0
    assert counts.values == {
        "AnswersDeclined": [1],
        "AnswersGiven": [1],
        "ChunksIndexed": [1],
        "DocumentsFailed": [1],
        "DocumentsIndexed": [1],
        "DocumentsRemoved": [1],
    }
