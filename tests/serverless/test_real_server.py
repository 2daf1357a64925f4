"""Whether tests on a real server run, skip or fail."""

from __future__ import annotations

import socket

import pytest
from _pytest.outcomes import Failed, Skipped

from tests import opensearch


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch, tmp_path):
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)
    monkeypatch.setattr(opensearch, "SHARED", tmp_path)


def script(tmp_path, text):
    found = tmp_path / "opensearch" / "opensearch"
    found.parent.mkdir()
    found.write_text(f"#!/bin/sh\n{text}\n")
    found.chmod(0o755)


def test_without_a_server_the_test_skips_and_says_how_to_start_one():
    with pytest.raises(Skipped, match="set OPENSEARCH_URL="):
        opensearch.RealServer().url()


def test_a_configured_server_that_does_not_answer_fails_the_test(monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OPENSEARCH_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Failed, match="no OpenSearch answers there"):
            opensearch.RealServer().url()


def test_a_server_that_is_there_and_does_not_start_fails_the_test_with_its_last_words(tmp_path):
    script(tmp_path, "echo 'needs Java 17' >&2; exit 3")
    server = opensearch.RealServer()
    with pytest.raises(Failed, match="needs Java 17"):
        server.url()
    with pytest.raises(Failed, match="needs Java 17"):  # once is enough for a session
        server.url()
