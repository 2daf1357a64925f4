"""What goes over the wire to OpenSearch Serverless."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import pytest

from wellread.adapters.aws.opensearch_connection import connect
from wellread.domain.knowledge.errors import InvalidConfigurationError

ENDPOINT = "https://abc123.eu-central-1.aoss.amazonaws.com"


@dataclass
class Credentials:
    access_key: str = "AKIDEXAMPLE"
    secret_key: str = "secret"
    token: str | None = "session"


@pytest.fixture(autouse=True)
def _no_profile(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)


def connection(url=ENDPOINT, **options):
    client = connect(url, **options)
    (found,) = client.transport.connection_pool.connections
    client.close()
    return found


def signed(body=b'{"query": "\xc3\xbc"}', **options):
    found = connection(credentials=Credentials(), **options)
    return found.http_auth("POST", f"{found.host}/passages/_search", body)


def test_exactly_the_headers_that_serverless_takes_are_signed():
    headers = signed()

    names = re.search(r"SignedHeaders=([^,]+)", headers["Authorization"])[1]
    assert names == "host;x-amz-content-sha256;x-amz-date;x-amz-security-token"
    assert "content-length" not in {name.lower() for name in headers}


def test_the_hash_is_of_the_body_and_the_service_is_aoss_in_the_endpoints_region():
    headers = signed(b"some body")

    assert headers["X-Amz-Content-SHA256"] == hashlib.sha256(b"some body").hexdigest()
    assert "/eu-central-1/aoss/aws4_request" in headers["Authorization"]


def test_the_region_may_be_given_for_an_address_that_names_none(monkeypatch):
    given = signed(url="http://127.0.0.1:9200", region="us-east-2")
    assert "/us-east-2/aoss/" in given["Authorization"]

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert "/eu-west-1/aoss/" in signed(url="http://127.0.0.1:9200")["Authorization"]


def test_without_a_region_or_credentials_the_message_says_what_to_set():
    with pytest.raises(InvalidConfigurationError, match="AWS_DEFAULT_REGION"):
        connect("http://127.0.0.1:9200", credentials=Credentials())
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_INDEX_SIGNED=false"):
        connect(ENDPOINT)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "abc123.eu-central-1.aoss.amazonaws.com",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://[x",
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_INDEX_URL"):
        connect(url, signed=False)


def test_a_plain_server_gets_no_signature():
    assert connection("http://127.0.0.1:9200", signed=False).http_auth is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (ENDPOINT, f"{ENDPOINT}:443"),
        ("http://127.0.0.1:9200/", "http://127.0.0.1:9200"),
        ("http://localhost", "http://localhost:80"),
    ],
)
def test_the_address_is_taken_as_it_is_written(url, host):
    assert connection(url, signed=False).host == host


def test_nothing_is_sent_again_by_the_client_itself():
    """A bulk sent again would be there twice."""
    client = connect(ENDPOINT, signed=False)
    client.close()

    assert client.transport.max_retries == 0


def test_bodies_go_as_they_are_and_answers_come_compressed():
    found = connection(signed=False)

    assert not found.http_compress
    assert found.headers["accept-encoding"] == "gzip,deflate"
