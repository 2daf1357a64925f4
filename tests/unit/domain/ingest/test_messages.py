"""What messages of the queues carry."""

from __future__ import annotations

import json

import pytest

from wellread.domain.ingest.records import (
    RETRY_REQUESTED,
    SWEEP_REQUESTED,
    BatchReference,
    ChangeHint,
    build_of_write,
    document_of_message,
)
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.journey import on_journey
from wellread.wire.bucket_events import s3_change_event, unknown_version

BATCH = BatchReference(DocumentId("a.pdf"), RevisionId("v1"), "b1", 3, correlation="c1")


def event(key: str, request: str | None = None) -> dict:
    return s3_change_event(
        "bucket", key, version=unknown_version(key), sequencer=1, clock=lambda: 0.0, request=request
    )


def test_a_batch_travels_with_what_led_to_it() -> None:
    read = BatchReference.of_message(json.loads(json.dumps(BATCH.as_message())))

    assert (read, read.correlation) == (BATCH, "c1")


def test_a_message_from_before_correlations_is_understood() -> None:
    message = BATCH.as_message()
    del message["correlation"]

    assert BatchReference.of_message(message) == BATCH


@pytest.mark.parametrize(
    ("request_type", "again", "sweep"),
    [(None, False, False), (RETRY_REQUESTED, True, False), (SWEEP_REQUESTED, False, True)],
)
def test_a_hint_says_what_is_wanted(request_type: str | None, again: bool, sweep: bool) -> None:
    hint = ChangeHint.of_event(event("a.pdf", request_type))

    assert (hint.key, hint.again, hint.sweep) == ("a.pdf", again, sweep)


def test_an_event_of_the_bucket_starts_a_journey_and_ours_go_on_with_one() -> None:
    first = event("a.pdf")
    assert ChangeHint.of_event(first).correlation == first["id"]
    with on_journey(correlation="before"):
        assert ChangeHint.of_event(event("a.pdf")).correlation == "before"


def test_a_sidecars_hint_is_about_its_document() -> None:
    assert ChangeHint("a.pdf.metadata.json").document == "a.pdf"


def test_a_write_names_its_build() -> None:
    assert build_of_write(BATCH.write_token("x")) == "b1"
    assert BATCH.write_token("x") != BATCH.write_token("y")


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (json.dumps(BATCH.as_message()), "a.pdf"),
        (json.dumps(event("b.pdf.metadata.json")), "b.pdf"),
        ("{}", None),
        ("not JSON", None),
        ("[1]", None),
        ('{"detail": {"object": 3}}', None),
    ],
)
def test_the_document_of_a_message_is_found_where_it_names_one(
    body: str, document: str | None
) -> None:
    assert document_of_message(body) == document
