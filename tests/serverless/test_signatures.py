"""Whose requests are let in."""

from __future__ import annotations

import hashlib
import http.client
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from opensearchpy import (
    AuthorizationException,
    NotFoundError,
    OpenSearch,
    RequestsAWSV4SignerAuth,
    RequestsHttpConnection,
)

from stack_local.serverless import KeyPair
from tests.serverless.collection import KEYS, client_of


def refused(url, keys=KEYS, **options):
    client = client_of(url, keys, **options)
    with closing(client), pytest.raises(AuthorizationException) as caught:
        client.search(index="any", body={})
    return caught.value


def signed_headers(url, body=b"{}", *, keys=KEYS, path="/any/_search", query="", more=None):
    """As botocore signs them, with the hash of the body as the service wants it."""
    request = AWSRequest("POST", f"{url}{path}{query}", data=body, headers=more or {})
    request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    credentials = Credentials(keys.access_key, keys.secret_key, keys.token)
    SigV4Auth(credentials, "aoss", "eu-west-1").add_auth(request)
    return dict(request.headers.items())


def posted(url, headers, body=b"{}", path="/any/_search"):
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        return response


@pytest.mark.parametrize("compressed", [True, False])
def test_requests_signed_as_opensearch_py_signs_them_are_let_in(start, compressed):
    collection = start()
    with closing(client_of(collection.standin.url, http_compress=compressed)) as client:
        client.indices.create(index="größe".encode().hex(), body={"mappings": {"dynamic": False}})
        client.bulk(
            index="größe".encode().hex(), body=[{"index": {}}, {"text": "Größe — 漢字 \U0001f600"}]
        )
        found = client.search(index="größe".encode().hex(), body={"query": {"match_all": {}}})
    assert [hit["_source"]["text"] for hit in found["hits"]["hits"]] == ["Größe — 漢字 \U0001f600"]


def test_paths_and_query_strings_with_odd_characters_verify(start):
    collection = start()
    collection.create()
    assert not collection.client.exists(index=collection.index, id="1%3A0%3Aä b+~*'")
    odd = {"cluster_manager_timeout": "1s+~*'ä"}
    assert collection.client.search(index=collection.index, params=odd)["hits"]["hits"] == []


def test_the_signer_that_signs_content_length_is_refused_with_the_services_hint(start):
    url = start().standin.url
    signer = RequestsAWSV4SignerAuth(
        Credentials(KEYS.access_key, KEYS.secret_key), "eu-west-1", "aoss"
    )
    client = OpenSearch(
        url, http_auth=signer, connection_class=RequestsHttpConnection, max_retries=0
    )
    with closing(client), pytest.raises(AuthorizationException) as caught:
        client.search(index="any", body={"query": {"match_all": {}}})
    assert caught.value.status_code == 403

    signed = signed_headers(url, more={"Content-Length": "2"})
    response = posted(url, signed)
    assert "content-length" in signed["Authorization"]
    assert response.status == 403
    assert response.headers["x-aoss-response-hint"] == "X01:gw-helper-deny"
    assert response.headers["x-standin-reason"] == "content-length is signed"


def test_what_is_wrong_with_a_signature_is_a_403_without_a_body(start):
    url = start(region="eu-west-1").standin.url
    assert refused(url, KeyPair("NOBODY", "x")).error == ""
    assert refused(url, KeyPair(KEYS.access_key, "other")).error == ""
    assert refused(url, service="es").error == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Authorization": ""}, "no Signature Version 4 in the header Authorization"),
        ({"X-Amz-Content-SHA256": None}, "x-amz-content-sha256 is missing or not signed"),
        ({"X-Amz-Content-SHA256": "0" * 64}, "x-amz-content-sha256 is not the body's hash"),
        ({"X-Amz-Date": "20200101T000000Z"}, "x-amz-date is of another day"),
        ({"X-Amz-Meta": "unsigned"}, "x-amz-meta is missing or not signed"),
    ],
)
def test_a_request_changed_after_it_was_signed_is_refused(start, change, reason):
    url = start().standin.url
    headers = signed_headers(url)
    for name, value in change.items():
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    response = posted(url, headers)
    assert response.status == 403
    assert response.headers["x-standin-reason"].startswith(reason)


def test_another_body_or_path_than_the_signed_one_is_refused(start):
    url = start().standin.url
    assert posted(url, signed_headers(url), b'{"size":1}').status == 403
    assert posted(url, signed_headers(url), path="/other/_search").status == 403
    assert posted(url, signed_headers(url, path="/any/_search")).status == 404


def test_another_region_than_the_collections_is_refused(start):
    url = start(region="us-east-1").standin.url
    response = posted(url, signed_headers(url))
    assert response.headers["x-standin-reason"].startswith("signed for the region eu-west-1")


def test_the_token_of_a_session_must_be_the_one_that_is_known(start):
    session = KeyPair("ASIAEXAMPLE", "secret", "token-1")
    collection = start(key_pairs=(session,))
    with (
        closing(client_of(collection.standin.url, session)) as client,
        pytest.raises(NotFoundError),
    ):
        client.search(index="none")
    refused(collection.standin.url, KeyPair("ASIAEXAMPLE", "secret", "token-2"))
    refused(collection.standin.url, KeyPair("ASIAEXAMPLE", "secret"))


def test_a_role_is_answered_from_the_time_that_it_is_admitted(start):
    role = KeyPair("ASIAROLE", "the role's secret", "token")
    standin = start().standin
    refused(standin.url, role)
    standin.admit([role])
    with closing(client_of(standin.url, role)) as client, pytest.raises(NotFoundError):
        client.search(index="none")
    refused(standin.url, KeyPair("ASIAROLE", "another secret", "token"))
    refused(standin.url, KeyPair("ASIAOTHER", "the role's secret", "token"))
