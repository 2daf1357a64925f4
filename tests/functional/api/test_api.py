"""The API's handler over real services, fed the events that API Gateway sends."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from functions.api.app import lambda_handler
from tests.laptop import Laptop
from wellread.domain.ask.answers import NOT_FOUND, Declined, DeclineReason, Outcome
from wellread.domain.ask.questions import Question
from wellread.domain.knowledge.errors import (
    IndexUnavailableError,
    InvalidConfigurationError,
    ModelUnavailableError,
    NotFoundError,
)
from wellread.local.lambda_runtime import LocalContext

EVENTS = Path(__file__).resolve().parents[2] / "events"
LEAVE = "# Leave\n\n## Days\n\nEveryone has 30 days of leave a year.\n"
QUESTION = "How many days of leave are there?"


class Answered:
    """What the handler returned."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.status = result["statusCode"]
        self.headers = {name.lower(): value for name, value in result["headers"].items()}
        self.text: str = result["body"]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def event(name: str = "api_ask") -> dict[str, Any]:
    read: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return read


def call(
    method: str,
    path: str,
    body: object = None,
    *,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    identity: dict[str, Any] | None = None,
    raw_body: str | None = None,
) -> Answered:
    made = event()
    made["rawPath"] = made["requestContext"]["http"]["path"] = path
    made["requestContext"]["http"]["method"] = method
    if query:
        made["rawQueryString"] = urlencode(query)
        made["queryStringParameters"] = query
    made["headers"] |= headers or {}
    if identity is not None:
        made["requestContext"]["authorizer"] = {"lambda": identity} if identity else {}
    made["body"] = raw_body if raw_body is not None else json.dumps(body)
    if raw_body is None and body is None:
        del made["body"]
    return Answered(lambda_handler(made, LocalContext("api")))


def ask(question: object = QUESTION, **more: object) -> Answered:
    return call("POST", "/v1/ask", {"question": question, **more})


def follow(link: str) -> Answered:
    """Open a link as a client would."""
    path, _, query = link.partition("#")[0].partition("?")
    return call("GET", path, query=dict(parse_qsl(query)))


@pytest.fixture
def handbook(laptop: Laptop) -> Laptop:
    laptop.drop("handbook/leave.md", LEAVE)
    return laptop


def assert_problem(answered: Answered, status: int, code: str) -> None:
    assert answered.status == status
    assert answered.headers["content-type"] == "application/problem+json"
    problem = answered.json
    assert {"type", "title", "status", "detail", "code", "correlation_id"} <= problem.keys()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["correlation_id"] == answered.headers["x-correlation-id"]


def test_a_question_is_answered_with_citations_that_open(handbook: Laptop) -> None:
    answered = Answered(lambda_handler(event(), LocalContext("api")))

    assert answered.status == 200
    reply = answered.json
    assert set(reply) == {
        "answer", "declined", "citations", "nearest", "thread", "turn", "mode", "answered_by",
        "correlation_id",
    }  # fmt: skip
    assert "[1]" in reply["answer"]
    assert (reply["declined"], reply["nearest"], reply["turn"]) == (False, [], 1)
    assert reply["mode"] == "rag"
    citation = reply["citations"][0]
    assert set(citation) == {"document", "revision", "quote", "page", "heading", "link"}
    assert citation["document"] == "handbook/leave.md"
    assert citation["quote"] in LEAVE

    opened = follow(citation["link"]).json
    assert opened["quote"] == citation["quote"]
    assert opened["text"][opened["start"] : opened["end"]] == citation["quote"]
    assert opened["newest"] is True


def test_a_decline_names_the_nearest_documents(handbook: Laptop) -> None:
    class Silent:
        name = "silent"

        def answer(self, prompt: object) -> Outcome:
            return Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, self.name)

    handbook.speak_with(quoting=Silent())

    reply = ask().json

    assert reply["declined"] is True
    assert reply["citations"] == []
    assert [near["document"] for near in reply["nearest"]] == ["handbook/leave.md"]
    assert reply["nearest"][0]["link"].startswith("/v1/documents/handbook/leave.md?")


def test_who_asks_for_events_where_nothing_streams_gets_the_answer_as_json(
    handbook: Laptop,
) -> None:
    body = {"question": QUESTION}
    answered = call("POST", "/v1/ask", body, headers={"accept": "text/event-stream"})

    assert answered.status == 200
    assert answered.headers["content-type"] == "application/json"
    assert "[1]" in answered.json["answer"]


def test_a_notice_is_part_of_the_answer(handbook: Laptop) -> None:
    handbook.write("second.md", "# Second\n\nStill to be read.\n")
    handbook.scan()

    assert "still being indexed" in ask().json["answer"]


def test_a_thread_goes_on_and_belongs_to_its_asker(handbook: Laptop) -> None:
    first = ask().json
    second = ask(thread=first["thread"]).json
    assert (second["thread"], second["turn"]) == (first["thread"], 2)

    somebody_else = {"asker": "asker-2", "audiences": ["everyone"]}
    refused = call(
        "POST", "/v1/ask", {"question": QUESTION, "thread": first["thread"]}, identity=somebody_else
    )
    assert_problem(refused, 404, "not_found")


@pytest.mark.parametrize("mode", ["base", "tuned", "tuned_rag"])
def test_a_mode_without_its_model_declines_and_says_so(handbook: Laptop, mode: str) -> None:
    reply = ask(mode=mode).json

    assert reply["declined"] is True
    assert reply["mode"] == mode
    assert "model" in reply["answer"]


def test_without_an_identity_nothing_is_told(handbook: Laptop) -> None:
    assert_problem(
        call("POST", "/v1/ask", {"question": QUESTION}, identity={}), 401, "unauthenticated"
    )
    assert_problem(call("GET", "/v1/documents", identity={}), 401, "unauthenticated")
    assert_problem(
        call("GET", "/v1/documents/handbook/leave.md", identity={}), 401, "unauthenticated"
    )


def test_an_identity_in_the_body_changes_nothing(handbook: Laptop) -> None:
    (handbook.settings.data / "access.json").write_text(
        json.dumps({"access": {"rules": [{"prefix": "handbook/", "audience": ["hr"]}]}})
    )

    claimed = ask(asker="asker-2", audiences=["hr"], audience="hr").json
    assert claimed["declined"] is True
    assert claimed["nearest"] == []

    assert_problem(call("GET", "/v1/documents/handbook/leave.md"), 404, "not_found")
    hr = {"asker": "asker-2", "audiences": ["hr"]}
    assert call("GET", "/v1/documents/handbook/leave.md", identity=hr).status == 200


def test_documents_are_listed_with_why_they_failed(handbook: Laptop) -> None:
    handbook.drop("empty.txt", "")

    documents = call("GET", "/v1/documents").json
    assert [d["document"] for d in documents["documents"]] == ["empty.txt", "handbook/leave.md"]
    failed, indexed = documents["documents"]
    assert set(failed) == {
        "document", "revision", "status", "code", "reason", "fix", "pages", "chunks",
        "searchable_since",
    }  # fmt: skip
    assert (failed["status"], failed["code"]) == ("failed", "empty")
    assert failed["reason"]
    assert failed["fix"]
    assert (indexed["status"], indexed["chunks"], indexed["code"]) == ("indexed", 1, None)
    assert indexed["searchable_since"] > 0
    assert documents["next"] is None


def test_the_list_is_filtered_and_goes_on_after_a_cursor(handbook: Laptop) -> None:
    for number in range(101):
        handbook.write(f"many/{number:03}, with comma.md", f"# Number {number}\n\nText {number}.\n")
    handbook.scan()

    waiting = call("GET", "/v1/documents", query={"status": "received"}).json
    assert len(waiting["documents"]) == 100
    assert waiting["next"] == "many/099, with comma.md"
    rest = call("GET", "/v1/documents", query={"status": "received", "after": waiting["next"]}).json
    assert [d["document"] for d in rest["documents"]] == ["many/100, with comma.md"]
    assert rest["next"] is None


def test_a_stage_in_the_path_is_left_out(handbook: Laptop) -> None:
    listed = Answered(lambda_handler(event("api_list_documents"), LocalContext("api")))

    assert [d["document"] for d in listed.json["documents"]] == ["handbook/leave.md"]


def test_a_receipt_says_how_the_newest_revision_ended(laptop: Laptop) -> None:
    laptop.drop("a b/ü.md", "# Leave\n\n| Who | Days |\n| --- | --- |\n| All | 30 |\n")
    laptop.drop("empty.md", "")

    receipt = call("GET", "/v1/receipts/a%20b/%C3%BC.md").json
    assert (receipt["document"], receipt["status"], receipt["chunks"]) == ("a b/ü.md", "indexed", 1)
    assert (receipt["title"], receipt["tables"], receipt["unreadable_pages"]) == ("Leave", 1, [])
    assert receipt["searchable_since"] > 0
    assert receipt["retry"] is None

    failed = call("GET", "/v1/receipts/empty.md").json
    assert (failed["status"], failed["code"]) == ("failed", "empty")
    assert failed["reason"]
    assert failed["fix"]
    assert failed["retry"] == "wellread documents retry empty.md"


def test_a_receipt_is_for_those_who_may_read_the_document(laptop: Laptop) -> None:
    laptop.write("pay.md.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    laptop.drop("pay.md", "# Pay\n\nSecret.\n")

    assert_problem(call("GET", "/v1/receipts/pay.md"), 404, "not_found")
    assert_problem(call("GET", "/v1/receipts/nope.md"), 404, "not_found")
    assert_problem(call("GET", "/v1/receipts/pay.md", identity={}), 401, "unauthenticated")
    assert_problem(call("POST", "/v1/receipts/pay.md"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "key",
    ["über uns/Ferien & Co.md", "100%.md", "100%25.md", "a+b, c.md", "frage?.md", "日本語/休暇.md"],
)
def test_any_document_name_opens_percent_encoded_or_not(laptop: Laptop, key: str) -> None:
    laptop.drop(key, LEAVE)

    assert call("GET", f"/v1/documents/{quote(key)}").json["document"] == key
    assert call("GET", f"/v1/documents/{quote(key, safe='')}").json["document"] == key
    assert call("GET", f"/v1/documents/{key}").json["document"] == key


def test_a_quote_with_commas_is_found(laptop: Laptop) -> None:
    laptop.drop("list.md", "# List\n\nApples, pears, plums are in stock.\n")

    opened = call("GET", "/v1/documents/list.md", query={"quote": "Apples, pears, plums"}).json

    assert opened["quote"] == "Apples, pears, plums"


def test_a_browser_gets_a_page_where_the_document_is_inert(laptop: Laptop) -> None:
    attack = '<script>alert(1)</script> <img src=x onerror=alert(2)> "Everyone" has 30 days.'
    laptop.drop("attack.txt", f"Title line\n\n{attack}\n")

    page = call(
        "GET",
        "/v1/documents/attack.txt",
        query={"quote": '<script>alert(1)</script> <img src=x onerror=alert(2)> "Everyone"'},
        headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    )

    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert '<mark id="quote">&lt;script&gt;alert(1)&lt;/script&gt;' in page.text


def test_a_page_says_that_the_document_has_changed_since(handbook: Laptop) -> None:
    old = handbook.show("handbook/leave.md").revision
    handbook.drop("handbook/leave.md", LEAVE.replace("30", "31"))
    html = {"accept": "text/html"}

    before = call(
        "GET", "/v1/documents/handbook/leave.md", query={"revision": str(old)}, headers=html
    )
    after = call("GET", "/v1/documents/handbook/leave.md", headers=html)

    if before.status == 200:
        assert "changed since" in before.text
        assert "30 days" in before.text
    else:  # old revisions may be cleared away
        assert_problem(before, 404, "not_found")
    assert "changed since" not in after.text
    assert "31 days" in after.text


def test_a_large_document_opens_at_the_quote_and_whole_on_request(laptop: Laptop) -> None:
    filler = "".join(f"Line {number} says nothing of note.\n" for number in range(4_000))
    laptop.drop("large.txt", f"{filler}The needle is here.\n{filler}")

    part = call("GET", "/v1/documents/large.txt", query={"quote": "The needle is here."}).json
    whole = call(
        "GET", "/v1/documents/large.txt", query={"quote": "The needle is here.", "whole": "1"}
    ).json

    assert part["whole"] is False
    assert len(part["text"]) < 10_000
    offset = part["start"] - part["text_start"]
    assert part["text"][offset:].startswith("The needle is here.")
    assert whole["whole"] is True
    assert whole["text"][whole["start"] : whole["end"]] == "The needle is here."


def test_a_deleted_document_does_not_open(handbook: Laptop) -> None:
    link = ask().json["citations"][0]["link"]
    handbook.delete("handbook/leave.md")
    handbook.work()

    assert_problem(follow(link), 404, "not_found")


def test_a_browser_gets_a_sentence_where_a_document_does_not_open(laptop: Laptop) -> None:
    page = call("GET", "/v1/documents/<script>gone.md", headers={"accept": "text/html"})

    assert page.status == 404
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "There is no document" in page.text
    assert page.headers["x-correlation-id"] in page.text
    assert "<script" not in page.text


def test_feedback_is_kept_for_the_askers_own_reply(handbook: Laptop) -> None:
    reply = ask().json
    verdict = {"thread": reply["thread"], "turn": 1, "verdict": "down", "reason": "It is 31."}

    kept = call("POST", "/v1/feedback", verdict)
    assert kept.status == 200

    stored = [given.feedback for given in handbook.services.adapters.verdicts.list()]
    assert [(f.thread, f.turn, f.verdict, f.reason) for f in stored] == [
        (reply["thread"], 1, "down", "It is 31.")
    ]
    assert_problem(call("POST", "/v1/feedback", {**verdict, "turn": 9}), 404, "not_found")
    other = {"asker": "asker-2", "audiences": ["everyone"]}
    assert_problem(call("POST", "/v1/feedback", verdict, identity=other), 404, "not_found")
    assert_problem(call("POST", "/v1/feedback", {**verdict, "turn": 0}), 422, "invalid_request")
    assert_problem(
        call("POST", "/v1/feedback", {**verdict, "verdict": "meh"}), 422, "invalid_request"
    )


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "",
        "[1",
        '{"question": "x"',
        "\ufeff",
        "[" * 100_000,
        '{"question": 1' + "0" * 6000 + "}",
    ],
)
def test_a_body_that_is_not_json_is_refused(laptop: Laptop, body: str) -> None:
    answered = call("POST", "/v1/ask", raw_body=body)

    assert answered.status in (400, 422)
    assert answered.json["code"] in ("invalid_json", "invalid_request")


def test_a_body_that_is_not_utf8_is_refused(laptop: Laptop) -> None:
    made = event()
    made["body"] = base64.b64encode(b'{"question": "\xff\xfe"}').decode()
    made["isBase64Encoded"] = True

    assert_problem(Answered(lambda_handler(made, LocalContext("api"))), 400, "invalid_json")


def test_a_base64_body_is_understood(handbook: Laptop) -> None:
    made = event()
    made["body"] = base64.b64encode(made["body"].encode()).decode()
    made["isBase64Encoded"] = True

    assert Answered(lambda_handler(made, LocalContext("api"))).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": 7}, "question"),
        ({"question": "x", "mode": "fast"}, "mode"),
        ({"question": "x", "thread": 1}, "thread"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_a_body_of_another_shape_is_refused_naming_the_field(
    laptop: Laptop, body: object, field: str
) -> None:
    answered = call("POST", "/v1/ask", raw_body=json.dumps(body))

    assert_problem(answered, 422, "invalid_request")
    assert [error["field"] for error in answered.json["errors"]] == [field]


@pytest.mark.parametrize("question", ["", "   ", "?!", "x" * 4001])
def test_a_question_that_cannot_be_asked_is_refused_with_the_services_words(
    laptop: Laptop, question: str
) -> None:
    answered = ask(question)

    assert_problem(answered, 422, "invalid_question")
    assert "The question" in answered.json["detail"]


def test_a_body_that_is_too_large_is_refused(laptop: Laptop) -> None:
    assert_problem(ask("x" * (256 * 1024)), 413, "body_too_large")
    made = event()
    made["body"] = base64.b64encode(b" " * (257 * 1024)).decode()
    made["isBase64Encoded"] = True
    assert_problem(Answered(lambda_handler(made, LocalContext("api"))), 413, "body_too_large")


def test_another_content_type_is_refused(laptop: Laptop) -> None:
    question = '{"question": "How many days of leave are there?"}'

    answered = call("POST", "/v1/ask", raw_body=question, headers={"content-type": "text/plain"})

    assert_problem(answered, 415, "unsupported_media_type")


def test_json_that_curl_calls_a_form_is_read(laptop: Laptop) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    question = '{"question": "How many days of leave are there?"}'

    assert call("POST", "/v1/ask", raw_body=question, headers=form).status == 200
    assert_problem(call("POST", "/v1/ask", raw_body="a=1", headers=form), 400, "invalid_json")


def test_other_paths_and_methods_are_refused(laptop: Laptop) -> None:
    assert_problem(call("GET", "/v1/nothing"), 404, "no_such_path")
    wrong = call("DELETE", "/v1/documents/handbook/leave.md")
    assert_problem(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET"
    assert_problem(call("GET", "/v1/ask"), 405, "method_not_allowed")


def test_a_query_parameter_of_another_kind_is_refused(laptop: Laptop) -> None:
    answered = call("GET", "/v1/documents", query={"status": "lost"})

    assert_problem(answered, 422, "invalid_request")
    assert answered.json["errors"][0]["field"] == "status"


class Failing:
    """Answering that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def stream(self, question: Question) -> object:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ModelUnavailableError("the endpoint at 10.0.0.7 is waking"), 503, "unavailable"),
        (IndexUnavailableError("the index at 10.0.0.7 is away"), 503, "unavailable"),
        (InvalidConfigurationError("rule 10.0.0.7 is wrong"), 500, "invalid_configuration"),
        (RuntimeError("10.0.0.7"), 500, "internal"),
        (KeyError("10.0.0.7"), 500, "internal"),
    ],
)
def test_what_fails_inside_is_told_without_its_details(
    laptop: Laptop, error: Exception, status: int, code: str
) -> None:
    laptop.services.answering = Failing(error)
    answered = ask()

    assert_problem(answered, status, code)
    assert "10.0.0.7" not in answered.text
    assert ("retry-after" in answered.headers) == (status == 503)


def test_a_harmless_correlation_id_is_kept_and_another_replaced(handbook: Laptop) -> None:
    kept = call("GET", "/v1/health", headers={"x-correlation-id": "abc-123"})
    assert kept.headers["x-correlation-id"] == "abc-123"

    given = {"question": QUESTION}
    reply = call("POST", "/v1/ask", given, headers={"x-correlation-id": "mine.1"})
    assert reply.json["correlation_id"] == "mine.1"

    for bad in ("a\r\nSet-Cookie: x=1", "x" * 200, "", "<b>"):
        replaced = call("GET", "/v1/health", headers={"x-correlation-id": bad})
        assert replaced.headers["x-correlation-id"] != bad
        assert len(replaced.headers["x-correlation-id"]) == 32


def test_requests_in_several_threads_do_not_see_each_other(laptop: Laptop) -> None:
    """Powertools keeps the event of the moment in a class attribute; ours is the thread's."""
    together = threading.Barrier(4)

    class Meeting:
        """All requests are inside at once, then each fails."""

        def list(self, *_: object, **__: object) -> None:
            together.wait(20)
            raise NotFoundError("not here")

    def listed(number: int) -> list[str]:
        headers = {"x-correlation-id": f"request-{number}"}
        return [
            call("GET", "/v1/documents", headers=headers).json["correlation_id"] for _ in range(5)
        ]

    laptop.services.documents = Meeting()
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(listed, range(4)))

    assert seen == [[f"request-{number}"] * 5 for number in range(4)]


def test_the_description_covers_every_route_with_examples_and_errors(laptop: Laptop) -> None:
    described = call("GET", "/openapi.json").json

    assert described["openapi"].startswith("3.1")
    operations = {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {
        ("POST", "/v1/ask"),
        ("GET", "/v1/documents"),
        ("GET", "/v1/documents/{document}"),
        ("GET", "/v1/receipts/{document}"),
        ("POST", "/v1/feedback"),
        ("GET", "/v1/health"),
    }
    ask_operation = operations["POST", "/v1/ask"]
    assert "text/event-stream" in ask_operation["responses"]["200"]["content"]
    assert ask_operation["requestBody"]["content"]["application/json"]["example"]["question"]
    for status in ("400", "401", "404", "413", "422", "429", "500", "503"):
        content = ask_operation["responses"][status]["content"]
        assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    names = {p["name"] for p in operations["GET", "/v1/documents/{document}"]["parameters"]}
    assert names == {"document", "revision", "quote", "at", "whole"}
    assert {p["name"] for p in operations["GET", "/v1/documents"]["parameters"]} == {
        "status",
        "after",
    }
    references = json.dumps(described).split('"$ref": "#/components/schemas/')[1:]
    defined = described["components"]["schemas"]
    assert {reference.partition('"')[0] for reference in references} <= set(defined)
    assert "HTTPValidationError" not in defined
    assert {"AskRequest", "AskResponse", "Problem", "DocumentList"} <= set(defined)


def test_the_function_imports_no_heavy_library() -> None:
    code = (
        "import sys; import functions.api.app; "
        "print([m for m in ('numpy', 'onnxruntime', 'nicegui', 'pypdfium2', 'fastapi', 'boto3')"
        " if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={"PYTHONPATH": f"{root}:{root / 'layers' / 'core'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == "[]"
