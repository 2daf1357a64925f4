"""Links in chats on AWS: they open a document for whoever has them, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from functions.api.app import lambda_handler
from tests.doubles import SetClock
from tests.laptop import Laptop
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.local.lambda_runtime import LocalContext

API = "https://abc.execute-api.eu-west-1.amazonaws.com"
LEAVE = DocumentId("handbook/leave.md")
TEXT = "# Leave\n\nEveryone has 30 days of leave a year.\n"
QUOTE = "Everyone has 30 days of leave a year."
WEEK = 7 * 86_400


class Answered:
    def __init__(self, result: dict[str, Any]) -> None:
        self.status: int = result["statusCode"]
        self.headers = {name.lower(): value for name, value in result["headers"].items()}
        self.text: str = result["body"]


def call(
    url: str, method: str = "GET", accept: str = "text/html", **caller: dict[str, Any]
) -> Answered:
    """What API Gateway asks of the function for somebody who has proved nothing."""
    address = urlsplit(url)
    event = {
        "version": "2.0",
        "rawPath": address.path,
        "rawQueryString": address.query,
        "queryStringParameters": dict(parse_qsl(address.query)),
        "headers": {"accept": accept},
        "requestContext": {
            "http": {"method": method, "path": address.path, "sourceIp": "203.0.113.9"},
            "stage": "$default",
            **({"authorizer": caller} if caller else {}),
        },
        "isBase64Encoded": False,
    }
    return Answered(lambda_handler(event, LocalContext("api")))


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def stack(tmp_path: Path, clock: SetClock) -> Iterator[Laptop]:
    machine = Laptop(tmp_path / "data", clock=clock, public_url=API)
    machine.adapters.link_secret = GivenSecret({"key": "k" * 40}, "KEY")
    machine.drop(LEAVE, TEXT)
    yield machine
    machine.close()


def link_of(stack: Laptop, *audiences: str, document: DocumentId = LEAVE) -> str:
    shown = stack.show(document)
    assert shown.revision is not None
    scope = Scope.of(*(audiences or ("everyone",)))
    return stack.services.chat_links(scope)(document, RevisionId(shown.revision), QUOTE, 9)


def restrict(stack: Laptop, *audiences: str) -> None:
    rules = {"rules": [{"prefix": "handbook/", "audience": list(audiences)}]}
    (stack.settings.data / "access.json").write_text(json.dumps({"access": rules}))


def test_a_link_opens_the_document_at_its_quote_in_any_browser(stack: Laptop) -> None:
    link = link_of(stack)

    assert link.startswith(f"{API}/signed/")
    assert "leave" not in link
    for accept in ("text/html", "*/*", "application/json"):
        opened = call(link, accept=accept)
        assert opened.status == 200
        assert f'<mark id="quote">{QUOTE}</mark>' in opened.text
        assert opened.headers["content-type"].startswith("text/html")
        assert opened.headers["referrer-policy"] == "no-referrer"
        assert opened.headers["cache-control"] == "no-store"
        assert "/v1/" not in opened.text


def test_a_long_document_is_shown_whole_by_the_same_link(stack: Laptop) -> None:
    stack.drop(LEAVE, TEXT + "A line of many.\n" * 2_000 + "The last line.\n")
    link = link_of(stack)

    part = call(link)
    assert "The last line." not in part.text
    assert 'href="?whole=1#quote"' in part.text
    address, _, _ = link.partition("#")
    assert "The last line." in call(f"{address}?whole=1").text


def test_an_older_revision_opens_and_says_that_it_is_one(stack: Laptop) -> None:
    link = link_of(stack)
    stack.drop(LEAVE, TEXT.replace("30", "31"))

    opened = call(link)
    assert opened.status == 200
    assert "This document has changed since" in opened.text
    assert QUOTE in opened.text
    assert "Open the newest one" not in opened.text


def test_a_forged_link_opens_nothing_and_no_identity_helps_it(stack: Laptop) -> None:
    link = link_of(stack).partition("#")[0]
    forged = link[:-2] + ("AA" if link[-2:] != "AA" else "BB")
    person = {"lambda": {"asker": "local", "audiences": ["everyone", "hr"]}}

    for caller in ({}, person):
        refused = call(forged, **caller)
        assert refused.status == 403
        assert "not complete" in refused.text
        assert "30 days" not in refused.text


def test_a_link_opens_what_its_readers_may_see_whoever_follows_it(stack: Laptop) -> None:
    restrict(stack, "hr")
    of_members, of_hr = link_of(stack, "everyone"), link_of(stack, "hr")
    person = {"lambda": {"asker": "local", "audiences": ["everyone", "hr"]}}

    assert call(of_members, **person).status == 404
    assert call(of_hr).status == 200


def test_an_expired_link_says_to_ask_again(stack: Laptop, clock: SetClock) -> None:
    link = link_of(stack)
    clock.now += WEEK

    expired = call(link)
    assert expired.status == 410
    assert "Ask the question again" in expired.text
    assert "30 days" not in expired.text


def test_a_deleted_and_a_restricted_document_open_no_more(stack: Laptop) -> None:
    link = link_of(stack)
    restrict(stack, "hr")
    restricted = call(link)
    restrict(stack, "everyone")
    assert call(link).status == 200

    stack.delete(LEAVE)
    deleted = call(link)

    for refused in (restricted, deleted):
        assert refused.status == 404
        assert "gone, or is no longer for everyone" in refused.text
        assert "leave" not in refused.text.partition("<main>")[2].lower()
    assert call(link_of_nothing(stack)).status == 404


def link_of_nothing(stack: Laptop) -> str:
    return stack.services.chat_links(Scope.of("everyone"))(DocumentId("no.md"), RevisionId("1"))


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_only_a_get_opens(stack: Laptop, method: str) -> None:
    refused = call(link_of(stack), method)

    assert refused.status == 404
    assert "30 days" not in refused.text


@pytest.mark.parametrize(
    "path",
    [
        "/signed/../v1/documents",
        "/signed/v1/documents",
        "/signed/%2e%2e/v1/documents/handbook/leave.md",
        "/signed//v1/documents/handbook/leave.md",
        "/signed/handbook/leave.md",
        "/signed/x",
        "/signed/\n",
    ],
)
def test_below_signed_there_is_nothing_but_signed_documents(stack: Laptop, path: str) -> None:
    person = {"lambda": {"asker": "local", "audiences": ["everyone"]}}
    for caller in ({}, person):
        refused = call(API + path, **caller)
        assert refused.status in (403, 404)
        assert "leave.md" not in refused.text


def test_without_a_signature_or_an_identity_nothing_is_shown(stack: Laptop) -> None:
    for path in ("/v1/documents", "/v1/documents/handbook/leave.md", "/v1/receipts/x"):
        assert call(API + path).status == 401


def test_where_links_are_not_signed_they_lead_to_the_api_and_none_opens(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data", public_url="http://127.0.0.1:8080/")
    laptop.drop(LEAVE, TEXT)
    link = link_of(laptop)

    assert link.startswith("http://127.0.0.1:8080/v1/documents/handbook/leave.md?revision=")
    assert call(f"{API}/signed/abc").status == 404
    laptop.close()
