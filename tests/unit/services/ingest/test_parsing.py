"""Reading what somebody else lends."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest

from wellread.domain.ingest.lending import LendingError, LentAnswer, LentDocument
from wellread.domain.ingest.parse_outcome import unpack_outcome
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.services.ingest.parsing import LentDocumentReader

LENT = LentDocument("pay bands.md", 5, "https://x/a?secret", "https://x/b?secret", "event-1")


class Objects:
    """Storage with one object; counts what is asked of it."""

    def __init__(self, error=None):
        self.error = error
        self.read, self.written = [], {}

    def get(self, address, size):
        self.read.append((address, size))
        if self.error:
            raise self.error
        return b"words"

    def put(self, address, data):
        if self.error:
            raise self.error
        self.written[address] = data


class Files:
    """Finds in every file the same."""

    version = "7"

    def __init__(self, outcome=None):
        self.outcome = outcome

    def parse(self, name, data):
        if isinstance(self.outcome, DocumentError):
            raise self.outcome
        return self.outcome or ParsedText(data.decode(), title=name)


def answer(objects, files, lent=LENT, max_bytes=10):
    said = LentDocumentReader(objects, files, max_bytes=max_bytes).answer(lent.as_event())
    return LentAnswer.of_response(json.loads(json.dumps(said)))


def test_a_text_is_in_the_answer():
    objects = Objects()
    packed = answer(objects, Files()).packed
    assert unpack_outcome(packed) == ParsedText("words", title="pay bands.md")
    assert objects.read == [(LENT.source, 5)]
    assert objects.written == {}


def test_a_refusal_is_in_the_answer():
    packed = answer(Objects(), Files(DocumentError(FailureCode.ENCRYPTED))).packed
    assert unpack_outcome(packed).code is FailureCode.ENCRYPTED


def test_a_file_that_is_too_large_is_not_fetched():
    objects = Objects()
    packed = answer(objects, Files(), max_bytes=4).packed
    assert unpack_outcome(packed).code is FailureCode.TOO_LARGE
    assert objects.read == []


def test_a_text_that_is_too_large_for_an_answer_is_written_where_it_was_said():
    large = ParsedText("".join(f"{n * 0x9E3779B97F4A7C15 % 2**64:016x}" for n in range(600_000)))
    objects = Objects()
    said = LentDocumentReader(objects, Files(large), max_bytes=10).answer(LENT.as_event())
    assert said == {"written": True}
    assert unpack_outcome(objects.written[LENT.target]) == large


def test_what_cannot_be_fetched_is_said_and_nothing_about_the_file():
    said = answer(Objects(LendingError(404, "NoSuchVersion")), Files())
    assert said.packed is None
    assert (said.error.status, said.error.code) == (404, "NoSuchVersion")


def test_a_reader_of_another_version_than_was_wanted_reads_nothing():
    objects = Objects()
    said = answer(objects, Files(), replace(LENT, parser="8"))
    assert (said.error.code, objects.read) == ("OtherVersion", [])
    assert answer(objects, Files(), replace(LENT, parser="7")).packed is not None


def test_a_caller_from_before_parsers_had_versions_is_answered():
    event = LENT.as_event()
    del event["parser"]
    assert "packed" in LentDocumentReader(Objects(), Files(), max_bytes=10).answer(event)


@pytest.mark.parametrize(
    "event", [{}, {"name": "a"}, LENT.as_event() | {"size": "5"}, LENT.as_event() | {"source": 5}]
)
def test_an_event_that_lends_nothing_is_an_error(event):
    with pytest.raises(ValueError, match="not a lent document"):
        LentDocumentReader(Objects(), Files(), max_bytes=10).answer(event)


def test_the_log_says_what_became_of_it_and_names_nothing(caplog):
    caplog.set_level(logging.DEBUG, logger="wellread")
    answer(Objects(), Files())
    answer(Objects(LendingError(403, "AccessDenied")), Files())
    lines = [vars(record) for record in caplog.records]
    assert [line["message"] for line in lines] == ["lent document read", "lent document not read"]
    assert (lines[0]["outcome"], lines[0]["bytes"]) == ("text", 5)
    logged = json.dumps(lines, default=str)
    for kept in ("pay bands", "secret", "words"):
        assert kept not in logged
