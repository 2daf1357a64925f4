"""Calling the function that reads files, which may be broken, throttled or taken over."""

from __future__ import annotations

import base64
import json
import logging
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.lending import SECONDS, Lending, answered
from tests.simulated_aws import refused
from wellread.adapters.aws.lambda_parser import answer_seconds
from wellread.domain.ingest.lending import MOST_INLINE_BYTES
from wellread.domain.ingest.parse_outcome import pack_outcome
from wellread.domain.knowledge.documents import DocumentId, ParsedText
from wellread.domain.knowledge.errors import (
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    SupersededError,
    TransientError,
)
from wellread.domain.knowledge.journey import on_journey


class Reads:
    """A file parser that says what it is told to, by default what the file holds."""

    version = "1"

    def __init__(self):
        self.outcome = None

    def parse(self, name, data):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome or ParsedText(data.decode())


@pytest.fixture
def reads():
    return Reads()


@pytest.fixture
def lending(aws, reads):
    made = Lending.on(aws, reads)
    made.put("hr/a b é.md", b"words")
    return made


def current(lending, key="hr/a b é.md"):
    return lending.store.current(DocumentId(key))


def says(lending, said, **more):
    lending.function.instead = lambda: answered(said, **more)


def test_the_function_is_lent_one_version_and_one_place(lending):
    version = current(lending)
    with on_journey(correlation="event-1"):
        assert lending.parser.parse(version).text == "words"
    (event,) = lending.function.events
    assert event["name"] == "a b é.md"
    assert (event["size"], event["correlation"]) == (5, "event-1")
    source, target = urlsplit(event["source"]), urlsplit(event["target"])
    assert source.path == "/hr/a%20b%20%C3%A9.md"
    signed = parse_qs(source.query)
    assert signed["versionId"] == [version.revision]
    assert signed["X-Amz-Expires"] == ["60"]
    assert parse_qs(target.query)["X-Amz-Expires"] == [str(int(answer_seconds(SECONDS)))]
    assert target.path.startswith("/staged/")
    assert "hr" not in target.path.split("/")[2:]


def test_every_call_has_a_place_of_its_own_for_a_text_and_leaves_it_empty(lending):
    for _ in range(2):
        lending.parser.parse(current(lending))
    first, second = (urlsplit(e["target"]).path for e in lending.function.events)
    assert first.rpartition("/")[0] == second.rpartition("/")[0]
    assert first != second
    assert lending.left_in_state() == []


def test_while_the_function_is_of_another_version_nothing_is_learnt_about_the_file(lending, reads):
    reads.version = "2"
    with pytest.raises(TransientError, match="OtherVersion"):
        lending.parser.parse(current(lending))


def test_a_large_text_comes_back_through_the_state_bucket_and_is_not_left_there(lending, reads):
    # Hexadecimal digits at random pack to half at best.
    text = "\n".join(f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(700_000))
    reads.outcome = ParsedText(text)
    assert len(pack_outcome(reads.outcome)) > MOST_INLINE_BYTES
    assert lending.parser.parse(current(lending)).text == text
    assert lending.left_in_state() == []


@pytest.mark.parametrize("code", list(FailureCode))
def test_what_is_wrong_with_a_file_comes_back_as_it_was_said(lending, reads, code):
    reads.outcome = DocumentError(code)
    with pytest.raises(DocumentError) as raised:
        lending.parser.parse(current(lending))
    assert raised.value.code is code
    assert str(raised.value) == str(reads.outcome)


def test_an_empty_or_too_large_document_is_lent_to_nobody(lending):
    lending.put("empty.md", b"")
    lending.put("large.md", b"x" * 1_000_001)
    for key, code in (("empty.md", FailureCode.EMPTY), ("large.md", FailureCode.TOO_LARGE)):
        with pytest.raises(DocumentError) as raised:
            lending.parser.parse(current(lending, key))
        assert raised.value.code is code
    assert lending.function.events == []


def test_a_version_that_is_no_longer_current_is_lent_to_nobody(lending):
    old = current(lending)
    for change in (b"", b"other words"):
        lending.put("hr/a b é.md", change)
        with pytest.raises(SupersededError):
            lending.parser.parse(old)
    lending.s3.delete_object(Bucket=lending.documents, Key="hr/a b é.md")
    with pytest.raises(SupersededError):
        lending.parser.parse(old)
    assert lending.function.events == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out"},
            FailureCode.TOO_SLOW,
        ),
        (
            {"errorMessage": "2026-11-01T10:00:00Z 1 Task timed out after 660.00 seconds"},
            FailureCode.TOO_SLOW,
        ),
        (
            {"errorType": "Runtime.OutOfMemory", "errorMessage": "Error: Runtime exited"},
            FailureCode.TOO_COMPLEX,
        ),
        (
            {
                "errorType": "Runtime.ExitError",
                "errorMessage": "RequestId: 1 Error: Runtime exited with error: signal: killed",
            },
            FailureCode.TOO_COMPLEX,
        ),
    ],
    ids=["timed-out", "timed-out-before", "out-of-memory", "killed"],
)
def test_a_function_that_was_stopped_over_a_file_says_why(lending, said, code):
    says(lending, said, FunctionError="Unhandled")
    with pytest.raises(DocumentError) as raised:
        lending.parser.parse(current(lending))
    assert raised.value.code is code


@pytest.mark.parametrize(
    "said",
    [
        {"errorType": "Runtime.ImportModuleError", "errorMessage": "secret words"},
        {"errorType": "Runtime.ExitError", "errorMessage": "exit status 1 secret words"},
        {"errorType": "secret words\nand more", "errorMessage": "secret words"},
        {"errorType": 7, "errorMessage": None},
        ["secret words"],
        b"secret words",
        b"",
        b"[" * 100_000,
    ],
    ids=lambda said: repr(said)[:40],
)
def test_a_function_that_broke_says_nothing_about_the_file(lending, said):
    says(lending, said, FunctionError="Unhandled")
    with pytest.raises(TransientError, match="'parse' came back with") as raised:
        lending.parser.parse(current(lending))
    assert "secret words" not in str(raised.value)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"secret words",
        b"[" * 100_000,
        None,
        [],
        "packed",
        {},
        {"packed": None},
        {"packed": "*** secret words ***"},
        {"packed": base64.b64encode(b"secret words").decode()},
        {"packed": base64.b64encode(pack_outcome(ParsedText("x"))[:-2]).decode()},
        {"written": 1},
        {"written": True},
        {"status": "404", "code": "NoSuchKey"},
        {"status": 404},
        {"text": "secret words", "title": ""},
    ],
    ids=lambda said: repr(said)[:50],
)
def test_an_answer_that_is_none_is_not_believed(lending, said):
    says(lending, said)
    with pytest.raises(TransientError) as raised:
        lending.parser.parse(current(lending))
    assert "secret words" not in str(raised.value)
    assert lending.left_in_state() == []


def test_what_was_written_where_the_text_should_be_is_checked_as_well(lending):
    def writes(event):
        key = urlsplit(event["target"]).path[1:]
        lending.s3.put_object(Bucket=lending.state, Key=key, Body=b"\x80\x04 a pickle")
        return {"written": True}

    lending.function.handle = writes
    with pytest.raises(TransientError, match="came back with an outcome"):
        lending.parser.parse(current(lending))
    assert lending.left_in_state() == []


def test_a_document_that_could_not_be_fetched_is_tried_again(lending):
    says(lending, {"status": 403, "code": "AccessDenied"})
    with pytest.raises(TransientError, match="403 AccessDenied"):
        lending.parser.parse(current(lending))
    says(lending, {"status": 10**9, "code": "secret words\nin a log"})
    with pytest.raises(TransientError, match=r"\(0 unknown\)"):
        lending.parser.parse(current(lending))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("TooManyRequestsException", 429), TransientError),
        (refused("ServiceException", 500), TransientError),
        (refused("EC2ThrottledException", 502), TransientError),
        (ReadTimeoutError(endpoint_url="https://lambda"), TransientError),
        (refused("ResourceNotFoundException", 404), InvalidConfigurationError),
        (refused("AccessDeniedException", 403), InvalidConfigurationError),
    ],
    ids=["throttled", "failed", "no-room", "unanswered", "missing", "denied"],
)
def test_a_function_that_cannot_be_called_says_nothing_about_the_file(lending, error, expected):
    def fails():
        raise error

    lending.function.instead = fails
    with pytest.raises(expected):
        lending.parser.parse(current(lending))


def test_no_address_is_logged(lending, caplog):
    caplog.set_level(logging.DEBUG, logger="wellread")
    lending.parser.parse(current(lending))
    says(lending, {"status": 403, "code": "AccessDenied"})
    with pytest.raises(TransientError) as raised:
        lending.parser.parse(current(lending))
    logged = json.dumps([vars(record) for record in caplog.records], default=str)
    assert "lent document read" in logged
    assert "Signature" not in logged + str(raised.value)
