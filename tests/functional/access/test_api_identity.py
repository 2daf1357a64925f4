"""Who may ask a deployed API, and what they may read: events as API Gateway sends them."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.api.app import lambda_handler
from tests.laptop import Laptop
from wellread.local.lambda_runtime import LocalContext

EVENTS = Path(__file__).resolve().parents[2] / "events"
RULES = {
    "access": {
        "rules": [
            {"prefix": "hr/", "audience": ["hr"]},
            {"prefix": "council/", "audience": ["works-council"]},
        ]
    },
    "identity": {
        "claims": [
            {"claim": "cognito:groups", "value": "people-team", "audience": ["hr"]},
            {"claim": "wellread:audiences"},
        ],
        "principals": [
            {"arn": "arn:aws:sts::111122223333:assumed-role/People/*", "audience": ["hr"]},
            {"arn": "arn:aws:iam::111122223333:role/Council", "audience": ["works-council"]},
        ],
    },
}
RULES_OF_GROUPS = {
    **RULES,
    "identity": {
        "claims": [
            {"claim": "cognito:groups", "value": "people-team", "audience": ["hr"]},
            {"claim": "cognito:groups"},
        ]
    },
}
DOCUMENTS = {
    "leave.md": "# Leave\n\nEveryone has 30 days of leave a year.\n",
    "hr/pay.md": "# Pay\n\nEveryone gets their salary on the 25th.\n",
    "council/agenda.md": "# Agenda\n\nThe council meets on Mondays.\n",
}


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Any]:
    """Makes a laptop that asks for the proof a deployed API asks for."""
    machines = []

    def make(proof: str, rules: object = RULES, **settings: object) -> Laptop:
        machine = Laptop(tmp_path / proof, api_auth=proof, **settings)
        machines.append(machine)
        (tmp_path / proof / "access.json").write_text(
            rules if isinstance(rules, str) else json.dumps(rules)
        )
        for key, text in DOCUMENTS.items():
            machine.write(key, text)
        machine.work()
        return machine

    yield make
    for machine in machines:
        machine.close()


def asked(proof: str, **authorizer: Any) -> dict[str, Any]:
    """The event of a question; `authorizer` changes what its authorizer said.

    A token's claim may be given as a list: API Gateway's part then has it as one text, and the
    token itself as it is.
    """
    event: dict[str, Any] = json.loads((EVENTS / f"api_ask_{proof}.json").read_text())
    if proof == "jwt":
        sent = {"cognito:groups": ["people-team", "works-council"], "exp": int(time.time()) + 60}
        said = event["requestContext"]["authorizer"]["jwt"]["claims"]
        sent = said | sent | authorizer
        said.update({name: written(value) for name, value in sent.items()})
        event["headers"]["authorization"] = f"Bearer e30.{encoded(sent)}.c2lnbmF0dXJl"
    elif authorizer:
        event["requestContext"]["authorizer"][proof].update(authorizer)
    return event


def written(claim: Any) -> Any:
    """A claim as API Gateway hands it over."""
    if isinstance(claim, list):
        return f"[{' '.join(map(str, claim))}]"
    return str(claim) if isinstance(claim, int) else claim


def encoded(claims: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def listing(event: dict[str, Any]) -> dict[str, Any]:
    """The same caller lists documents."""
    http = event["requestContext"]["http"] | {"method": "GET", "path": "/v1/documents"}
    context = event["requestContext"] | {"http": http}
    return {**event, "rawPath": "/v1/documents", "requestContext": context, "body": None}


def documents_of(event: dict[str, Any]) -> list[str]:
    result = lambda_handler(listing(event), LocalContext("api"))
    assert result["statusCode"] == 200, result["body"]
    return [document["document"] for document in json.loads(result["body"])["documents"]]


def answer(event: dict[str, Any]) -> dict[str, Any]:
    result = lambda_handler(event, LocalContext("api"))
    assert result["statusCode"] == 200, result["body"]
    reply: dict[str, Any] = json.loads(result["body"])
    return reply


def refusal(event: dict[str, Any]) -> tuple[int, str]:
    result = lambda_handler(event, LocalContext("api"))
    return result["statusCode"], json.loads(result["body"])["code"]


def test_a_tokens_groups_decide_what_its_bearer_may_read(deployed: Any) -> None:
    deployed("jwt")

    assert documents_of(asked("jwt")) == ["hr/pay.md", "leave.md"]
    assert documents_of(asked("jwt", **{"cognito:groups": "[sales]"})) == ["leave.md"]
    claim = {"cognito:groups": "sales", "wellread:audiences": "works-council"}
    assert documents_of(asked("jwt", **claim)) == ["council/agenda.md", "leave.md"]
    assert "30 days" in answer(asked("jwt"))["answer"]


def test_a_group_among_those_of_the_token_counts(deployed: Any) -> None:
    deployed("jwt", RULES_OF_GROUPS)
    several = (
        ["people-team"],
        ["runners", "people-team"],
        ["a team", "people-team"],
        "people-team",
    )
    for groups in several:
        assert "hr/pay.md" in documents_of(asked("jwt", **{"cognito:groups": groups})), groups


def test_a_group_whose_name_holds_another_and_a_blank_is_not_that_other(deployed: Any) -> None:
    deployed("jwt", RULES_OF_GROUPS)
    others = (
        ["not people-team"],
        ["people-team alumni"],
        ["people-team, alumni"],
        ["people-team,alumni"],
        ["people-team\talumni"],
        ["people-team] ["],
        ["runners", "people-team alumni"],
        [["people-team"]],
        "not people-team",
        "people-team alumni",
        "[people-team]",
        "[people-team alumni]",
        "[people-team,alumni]",
    )
    for groups in others:
        found = documents_of(asked("jwt", **{"cognito:groups": groups}))
        assert found == ["leave.md"], groups


def test_a_text_of_several_groups_that_no_token_explains_is_none_of_them(deployed: Any) -> None:
    deployed("jwt", RULES_OF_GROUPS)
    event = asked("jwt", **{"cognito:groups": ["runners", "people-team"]})
    tokens = (
        "",
        "Bearer e30.e30.c2lnbmF0dXJl",
        "Bearer ..",
        "Bearer e30.bm9uc2Vuc2U.",
        "Bearer e30.W10.",
        f"Bearer e30.{encoded({'cognito:groups': ['people-team']})}.",
        f"Bearer e30.{encoded({'cognito:groups': ['runners', 'people-team', 'x']})}.",
        f"Bearer e30.{encoded({'cognito:groups': 'people-team'})}.",
    )
    assert "hr/pay.md" in documents_of(event)
    for token in tokens:
        event["headers"]["authorization"] = token
        assert documents_of(event) == ["leave.md"], token
    del event["headers"]["authorization"]
    assert documents_of(event) == ["leave.md"]


def test_a_token_that_has_expired_or_never_does_is_refused(deployed: Any) -> None:
    deployed("jwt")
    just_now = int(time.time()) - 1

    for expiry in (None, "", "never", "nan", "inf", "1e400", -1, 0, 1, True, just_now, ["9" * 12]):
        assert refusal(asked("jwt", exp=expiry)) == (401, "unauthenticated"), expiry
        assert refusal(listing(asked("jwt", exp=expiry))) == (401, "unauthenticated"), expiry


def test_a_token_without_an_expiry_is_refused(deployed: Any) -> None:
    deployed("jwt")
    event = asked("jwt")
    del event["requestContext"]["authorizer"]["jwt"]["claims"]["exp"]

    assert refusal(event) == (401, "unauthenticated")


def test_an_expiry_counts_however_it_is_written(deployed: Any) -> None:
    deployed("jwt")
    soon = time.time() + 60

    for expiry in (str(int(soon)), f"{soon:.10E}", str(soon)):
        assert documents_of(asked("jwt", exp=expiry))


def test_a_changed_identity_rule_counts_at_once(deployed: Any) -> None:
    laptop = deployed("jwt")
    rules = {**RULES, "identity": {"default": []}}
    (laptop.settings.data / "access.json").write_text(json.dumps(rules))

    assert documents_of(asked("jwt")) == []


@pytest.mark.parametrize(
    ("arn", "documents"),
    [
        ("arn:aws:sts::111122223333:assumed-role/People/kim", ["hr/pay.md", "leave.md"]),
        ("arn:aws:sts::111122223333:assumed-role/Council/kim", ["council/agenda.md", "leave.md"]),
        ("arn:aws:sts::111122223333:assumed-role/Other/People", ["leave.md"]),
        ("arn:aws:sts::999999999999:assumed-role/People/kim", ["leave.md"]),
        ("arn:aws:iam::111122223333:user/People", ["leave.md"]),
        ("nonsense", ["leave.md"]),
    ],
)
def test_the_role_that_signs_decides_what_may_be_read(
    deployed: Any, arn: str, documents: list[str]
) -> None:
    deployed("iam")

    assert documents_of(asked("iam", userArn=arn)) == documents


@pytest.mark.parametrize("proof", ["jwt", "iam", "open"])
def test_another_proof_than_the_one_asked_for_is_none(deployed: Any, proof: str) -> None:
    deployed(proof)
    others = {"jwt", "iam", "open"} - {proof}

    for other in others:
        if proof == "open":
            # Whoever they are, they are nobody in particular.
            assert documents_of(asked(other)) == ["leave.md"]
        else:
            assert refusal(asked(other)) == (401, "unauthenticated")
            assert refusal(listing(asked(other))) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("proof", "lacking"),
    [
        ("jwt", {"sub": ""}),
        ("jwt", {"sub": None}),
        ("jwt", {"iss": None}),
        ("iam", {"userArn": None}),
        ("iam", {"callerId": None, "userId": ""}),
    ],
)
def test_a_caller_without_a_name_of_their_own_is_refused(
    deployed: Any, proof: str, lacking: dict[str, Any]
) -> None:
    deployed(proof)

    assert refusal(asked(proof, **lacking)) == (401, "unauthenticated")


def test_neither_headers_nor_body_nor_query_make_an_identity(deployed: Any) -> None:
    deployed("jwt")
    claims = asked("jwt")["requestContext"]["authorizer"]
    event = asked("open")
    event["headers"] |= {"authorization": "Bearer e30.e30.", "x-audiences": "hr"}
    event["body"] = json.dumps(
        {"question": "When is payday?", "authorizer": claims, "audiences": ["hr"]}
    )
    event["queryStringParameters"] = {"audiences": "hr", "asker": "mika"}

    assert refusal(event) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("proof", "another"),
    [
        ("jwt", {"sub": "somebody-else"}),
        ("jwt", {"iss": "https://login.example.com/other"}),
        ("iam", {"callerId": "AROAEXAMPLEEXAMPLE000:kim@example.com"}),
        ("iam", {"cognitoIdentity": {"identityId": "eu-central-1:kim", "amr": []}}),
    ],
)
def test_a_thread_belongs_to_the_caller_who_started_it(
    deployed: Any, proof: str, another: dict[str, Any]
) -> None:
    deployed(proof)
    thread = answer(asked(proof))["thread"]

    def goes_on(event: dict[str, Any]) -> dict[str, Any]:
        return {**event, "body": json.dumps({"question": "And leave?", "thread": thread})}

    assert answer(goes_on(asked(proof)))["turn"] == 2
    assert refusal(goes_on(asked(proof, **another))) == (404, "not_found")


def test_an_open_api_lets_everybody_see_what_is_for_everyone(deployed: Any) -> None:
    deployed("open")
    event = asked("open")
    reply = answer(event)
    event["body"] = json.dumps({"question": "And how much is it?", "thread": reply["thread"]})

    assert documents_of(event) == ["leave.md"]
    assert answer(event)["turn"] == 2  # whoever knows a thread's id may go on with it


@pytest.mark.parametrize("proof", ["jwt", "iam", "open"])
def test_a_broken_settings_document_shows_nothing_and_says_nothing(
    deployed: Any, proof: str
) -> None:
    laptop = deployed(proof)
    (laptop.settings.data / "access.json").write_text('{"access": {}, "identity": {"claims": 7}}')

    for event in (asked(proof), listing(asked(proof))):
        result = lambda_handler(event, LocalContext("api"))
        assert result["statusCode"] == 500
        assert json.loads(result["body"])["code"] == "invalid_configuration"
        assert "claims" not in result["body"]
        assert "access.json" not in result["body"]


def test_one_caller_may_ask_so_often_and_another_still(deployed: Any) -> None:
    deployed("jwt", questions_per_minute=2)
    kinds = [lambda_handler(asked("jwt"), LocalContext("api")) for _ in range(3)]

    assert [kind["statusCode"] for kind in kinds] == [200, 200, 429]
    headers = {name.lower(): value for name, value in kinds[2]["headers"].items()}
    assert 1 <= int(headers["retry-after"]) <= 60
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(kinds[2]["body"])["code"] == "too_many_questions"
    assert documents_of(asked("jwt"))  # only questions are counted
    assert (
        lambda_handler(asked("jwt", sub="somebody-else"), LocalContext("api"))["statusCode"] == 200
    )


def test_an_open_api_counts_the_questions_of_each_address(deployed: Any) -> None:
    deployed("open", questions_per_minute=1)

    def ask_from(address: str) -> int:
        event = asked("open")
        event["requestContext"]["http"]["sourceIp"] = address
        event["headers"]["x-forwarded-for"] = "203.0.113.99"
        status: int = lambda_handler(event, LocalContext("api"))["statusCode"]
        return status

    assert [ask_from("192.0.2.1"), ask_from("192.0.2.1"), ask_from("192.0.2.2")] == [200, 429, 200]
    assert [ask_from("2001:db8::1"), ask_from("2001:db8::2")] == [200, 429]
    assert [ask_from("2001:db8:0:1::1"), ask_from(""), ask_from("")] == [200, 200, 429]


def test_a_refused_question_counts_for_nobody(deployed: Any) -> None:
    deployed("jwt", questions_per_minute=1)

    assert refusal(asked("iam")) == (401, "unauthenticated")
    assert lambda_handler(asked("jwt"), LocalContext("api"))["statusCode"] == 200
