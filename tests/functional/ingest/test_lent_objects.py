"""Reading and writing by address: where to, how much, and nothing that the other side suggests."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wellread.adapters.aws.lent_objects import PresignedObjects
from wellread.domain.ingest.lending import LendingError

DENIED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Expired</Message></Error>'


class Storage:
    """A server of objects, which answers what a test wants.

    Attributes:
        status, headers, body: Of every answer.
        asked: Method, path and headers of each request, and what came with it.
    """

    def __init__(self):
        self.status, self.headers, self.body = 200, {}, b"words"
        self.asked = []
        storage = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                storage.asked.append((self.command, self.path, dict(self.headers), sent))
                self.send_response(storage.status)
                for name, value in {"Content-Length": len(storage.body), **storage.headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(storage.body)
                self.close_connection = True

            do_PUT = do_GET  # noqa: N815 - as http.server names them

            def log_message(self, *_):
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def storage():
    made = Storage()
    yield made
    made.close()


@pytest.fixture
def objects(storage):
    return PresignedObjects([storage.origin])


def failed(call, *arguments):
    with pytest.raises(LendingError) as raised:
        call(*arguments)
    assert "Signature" not in str(raised.value)
    return raised.value.status, raised.value.code


def test_an_object_is_read_at_its_whole_address(storage, objects):
    address = f"{storage.origin}/a%20b.md?versionId=1&X-Amz-Signature=abc"
    assert objects.get(address, 5) == b"words"
    ((method, path, _, sent),) = storage.asked
    assert (method, path, sent) == ("GET", "/a%20b.md?versionId=1&X-Amz-Signature=abc", b"")


def test_an_object_is_written_only_where_there_is_none(storage, objects):
    objects.put(f"{storage.origin}/staged/x?X-Amz-Signature=abc", b"a text")
    ((method, _, headers, sent),) = storage.asked
    assert (method, sent, headers["If-None-Match"]) == ("PUT", b"a text", "*")


@pytest.mark.parametrize("size", [4, 6, 0, -1])
def test_an_object_of_another_size_is_not_read(storage, objects, size):
    assert failed(objects.get, f"{storage.origin}/a", size) == (200, "OtherSize")


def test_an_object_without_a_size_or_with_less_than_it_says_is_not_read(storage, objects):
    storage.headers = {"Content-Length": 50}
    assert failed(objects.get, f"{storage.origin}/a", 50)[0] == 0
    storage.headers = {"Content-Length": "5\r\nTransfer-Encoding: chunked"}
    assert failed(objects.get, f"{storage.origin}/a", 5)[0] in (0, 200)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(storage, objects, status):
    storage.status, storage.headers = status, {"Location": f"{storage.origin}/elsewhere"}
    assert failed(objects.get, f"{storage.origin}/a", 5)[0] == status
    assert failed(objects.put, f"{storage.origin}/a", b"x")[0] == status
    assert {path for _, path, _, _ in storage.asked} == {"/a"}


def test_a_refusal_is_told_by_its_code(storage, objects):
    storage.status, storage.body = 403, DENIED
    assert failed(objects.get, f"{storage.origin}/a?X-Amz-Signature=abc", 5) == (
        403,
        "AccessDenied",
    )
    storage.status, storage.body = 503, b"<Code>" + b"x" * 100_000
    assert failed(objects.put, f"{storage.origin}/a", b"x") == (503, "unknown")


HTTPS = "https://documents.s3.eu-central-1.amazonaws.com"


@pytest.mark.parametrize(
    "address",
    [
        "http://documents.s3.eu-central-1.amazonaws.com/a",
        "https://other.s3.eu-central-1.amazonaws.com/a",
        "https://documents.s3.eu-central-1.amazonaws.com.evil.example/a",
        "https://documents.s3.eu-central-1.amazonaws.com:8443/a",
        "https://documents.s3.eu-central-1.amazonaws.com@evil.example/a",
        "https://evil.example@documents.s3.eu-central-1.amazonaws.com/a",
        "https://user:password@documents.s3.eu-central-1.amazonaws.com/a",
        "https://documents.s3.eu-central-1.amazonaws.com\\@evil.example/a",
        "https://documents.s3.eu-central-1.amazonaws.com",
        "https://documents.s3.eu-central-1.amazonaws.com?x",
        "//documents.s3.eu-central-1.amazonaws.com/a",
        "https:///a",
        "https://[::1/a",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "file:///proc/self/environ",
        "ftp://documents.s3.eu-central-1.amazonaws.com/a",
        "",
    ],
)
def test_another_place_is_not_asked(address):
    objects = PresignedObjects([HTTPS])
    assert failed(objects.get, address, 5) == (0, "OtherPlace")
    assert failed(objects.put, address, b"x") == (0, "OtherPlace")


def test_nobody_is_asked_where_no_place_is_named():
    assert failed(PresignedObjects([]).get, f"{HTTPS}/a", 5) == (0, "OtherPlace")


def test_a_server_without_the_right_certificate_is_told_nothing(storage):
    secure = storage.origin.replace("http://", "https://")
    assert failed(PresignedObjects([secure]).get, f"{secure}/a?X-Amz-Signature=abc", 5)[0] == 0
    assert storage.asked == []


def test_a_storage_that_is_away_is_a_reason_to_try_again(storage):
    storage.close()
    objects = PresignedObjects([storage.origin])
    assert failed(objects.get, f"{storage.origin}/a", 5) == (0, "ConnectionRefusedError")
