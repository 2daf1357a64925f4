"""What bulk writes are made of, and what their answers are taken for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from opensearchpy.exceptions import (
    AuthorizationException,
    ConnectionTimeout,
    RequestError,
    TransportError,
)
from opensearchpy.exceptions import ConnectionError as NoConnectionError
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError

from wellread.adapters.aws.opensearch_bulk import MAX_BYTES, MAX_ITEMS, delete_all, write_all
from wellread.adapters.aws.opensearch_requests import ATTEMPTS, IndexRequests
from wellread.domain.knowledge.errors import (
    IndexUnavailableError,
    InvalidConfigurationError,
    StorageFullError,
)


def requests_to(answer) -> IndexRequests:
    client = SimpleNamespace(transport=SimpleNamespace(perform_request=answer))
    return IndexRequests(client, "passages", sleep=lambda _: None)


class Server:
    """Answers each item of a bulk with the next status that a test wants, 201 by default."""

    def __init__(self, *statuses: int, kind: str = "some_exception") -> None:
        self.statuses = list(statuses)
        self.kind = kind
        self.bulks: list[bytes] = []
        self.requests = requests_to(self.answer)

    def answer(self, method: str, path: str, *, body: bytes, headers: dict[str, str]):
        assert (method, path) == ("POST", "/passages/_bulk")
        assert headers == {"content-type": "application/x-ndjson"}
        self.bulks.append(body)
        items = []
        for _ in body.splitlines():
            status = self.statuses.pop(0) if self.statuses else 201
            error = {} if status < 300 else {"error": {"type": self.kind, "reason": "secret"}}
            items.append({"index": {"status": status, **error}})
        return {"errors": any("error" in item["index"] for item in items), "items": items}


class Failing:
    """Raises the same for every request."""

    def __init__(self, error: Exception) -> None:
        self.calls = 0
        self.error = error
        self.requests = requests_to(self.answer)

    def answer(self, *_: object, **__: object):
        self.calls += 1
        raise self.error


def lines(count: int, size: int = 10) -> list[bytes]:
    return [b"%08d" % number + b"x" * (size - 9) + b"\n" for number in range(count)]


def test_a_bulk_holds_at_most_so_many_documents():
    server = Server()
    write_all(server.requests, lines(2 * MAX_ITEMS + 1))

    assert [len(bulk.splitlines()) for bulk in server.bulks] == [MAX_ITEMS, MAX_ITEMS, 1]
    assert b"".join(server.bulks) == b"".join(lines(2 * MAX_ITEMS + 1))


def test_a_bulk_holds_at_most_so_many_bytes_but_one_document_always():
    server = Server()
    large = lines(5, MAX_BYTES // 2)
    write_all(server.requests, [*large, b"y" * (MAX_BYTES + 1) + b"\n"])

    assert [len(bulk.splitlines()) for bulk in server.bulks] == [2, 2, 1, 1]
    assert all(len(bulk) <= MAX_BYTES for bulk in server.bulks[:3])


def test_nothing_to_write_sends_nothing():
    server = Server()
    write_all(server.requests, [])

    assert delete_all(server.requests, iter(())) == 0
    assert server.bulks == []


def test_rejected_items_are_sent_again_by_themselves_in_order():
    server = Server(201, 429, 201, 429)
    write_all(server.requests, lines(4))

    assert server.bulks[1] == lines(4)[1] + lines(4)[3]


def test_items_are_given_up_after_so_many_attempts():
    server = Server(*[429] * 100)
    with pytest.raises(IndexUnavailableError):
        write_all(server.requests, lines(1))

    assert len(server.bulks) == ATTEMPTS


@pytest.mark.parametrize("status", [500, 502, 503, 504, 404])
def test_an_item_of_which_nobody_knows_is_an_error_and_is_not_sent_again(status):
    server = Server(201, status)
    with pytest.raises(IndexUnavailableError):
        write_all(server.requests, lines(2))

    assert len(server.bulks) == 1


def test_an_item_that_the_mapping_refuses_is_for_good_and_its_reason_stays_untold():
    server = Server(400, kind="mapper_parsing_exception")
    with pytest.raises(InvalidConfigurationError, match="mapper_parsing_exception") as raised:
        write_all(server.requests, lines(1))

    assert "secret" not in str(raised.value)


def test_deletions_count_what_was_still_there():
    server = Server(200, 404, 200)

    assert delete_all(server.requests, lines(3)) == 2


def test_an_answer_that_leaves_items_out_is_an_error():
    requests = requests_to(lambda *_, **__: {"items": []})

    with pytest.raises(IndexUnavailableError):
        write_all(requests, lines(1))


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (AuthorizationException(403, "cluster_block_exception", {}), StorageFullError, "space"),
        (TransportError(429, "cluster_block_exception", {}), StorageFullError, "space"),
        (AuthorizationException(403, "", None), InvalidConfigurationError, "data access policy"),
        (RequestError(400, "illegal_argument_exception", {}), InvalidConfigurationError, "illegal"),
        (TransportError(500, "", None), IndexUnavailableError, "HTTP 500"),
        (TransportError("N/A", "odd", None), IndexUnavailableError, "Try again"),
    ],
)
def test_answers_to_a_whole_write_are_told_apart(error, expected, words):
    server = Failing(error)
    with pytest.raises(expected, match=words):
        write_all(server.requests, lines(1))

    assert server.calls == 1


def once(error, then):
    """Raises once, then answers."""
    errors = [error]
    calls = []

    def answer(*request, **_):
        calls.append(request)
        if errors:
            raise errors.pop()
        return then

    return answer, calls


LOST = NoConnectionError("N/A", "lost", ProtocolError("Connection aborted."))
NEVER_MADE = NoConnectionError("N/A", "refused", NewConnectionError(None, "refused"))
TOO_LATE = ConnectionTimeout("TIMEOUT", "late", ReadTimeoutError(None, "", "late"))


@pytest.mark.parametrize("error", [LOST, NEVER_MADE])
def test_a_question_is_asked_again_where_its_connection_was_lost(error):
    answer, calls = once(error, {"hits": {"hits": []}})

    assert requests_to(answer).search({"size": 1}) == {"hits": {"hits": []}}
    assert len(calls) == 2


def test_a_write_whose_connection_was_lost_is_not_sent_again():
    answer, calls = once(LOST, {"items": [{"index": {"status": 201}}]})
    with pytest.raises(IndexUnavailableError):
        write_all(requests_to(answer), lines(1))

    assert len(calls) == 1


def test_a_write_for_which_no_connection_could_be_made_is_sent_again():
    answer, calls = once(NEVER_MADE, {"items": [{"index": {"status": 201}}]})
    write_all(requests_to(answer), lines(1))

    assert len(calls) == 2


def test_what_nobody_answered_in_time_is_not_waited_for_twice():
    answer, calls = once(TOO_LATE, {})
    with pytest.raises(IndexUnavailableError):
        requests_to(answer).search({"size": 1})

    assert len(calls) == 1


def test_a_search_of_which_a_part_is_missing_is_asked_again():
    whole = {"_shards": {"failed": 0}, "hits": {"hits": []}}
    answers = [{"_shards": {"failed": 1}}, {"timed_out": True}, whole]
    requests = requests_to(lambda *_, **__: answers.pop(0))

    assert requests.search({"size": 1}) == whole
