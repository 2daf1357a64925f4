"""The stand-in refuses what Teams refuses, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from tests.teams.activities import message, posted
from tests.teams.tenant import TeamsTenant, running_tenant


@pytest.fixture
def tenant() -> Iterator[TeamsTenant]:
    with running_tenant() as made:
        made.add_personal("ann")
        made.add_conversation("19:lab", ("ann", "bob"))
        made.add_channel("19:help@thread.tacv2", ("ann", "bob"))
        yield made


def token(tenant: TeamsTenant, scope: str = "https://api.botframework.com/.default") -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "scope": scope,
    }
    answer = httpx.post(f"{tenant.login_url}/{tenant.tenant}/oauth2/v2.0/token", data=form)
    return str(answer.json()["access_token"])


def call(tenant: TeamsTenant, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token(tenant)}"}
    return httpx.request(method, f"{tenant.service_url}v3/{path}", json=body, headers=headers)


def say(tenant: TeamsTenant, conversation: str = "a:ann", **activity: Any) -> httpx.Response:
    body = {"type": "message", "text": "Soup", **activity}
    return call(tenant, "POST", f"conversations/{conversation}/activities", body)


def stream(tenant: TeamsTenant, number: int | None, text: str, id: str = "", **more: Any) -> Any:
    kind = "final" if number is None else "streaming"
    info = {"type": "streaminfo", "streamType": kind, "streamSequence": number, "streamId": id}
    held = {name: value for name, value in info.items() if value}
    what = "message" if number is None else "typing"
    return say(tenant, type=what, text=text, entities=[held], **more)


def test_what_is_said_is_seen_edited_and_taken_back(tenant: TeamsTenant) -> None:
    id = say(tenant).json()["id"]
    path = f"conversations/a:ann/activities/{id}"

    edited = call(tenant, "PUT", path, {"type": "message", "text": "Bread"})

    assert edited.status_code == 200
    assert [each.text for each in tenant.visible("a:ann")] == ["Bread"]
    assert call(tenant, "DELETE", path).status_code == 200
    assert tenant.visible("a:ann") == []
    assert call(tenant, "DELETE", path).status_code == 404


def test_nobody_speaks_without_a_token_or_with_that_of_another_service(tenant: TeamsTenant) -> None:
    url = f"{tenant.service_url}v3/conversations/a:ann/activities"
    body = {"type": "message", "text": "Soup"}
    other = token(tenant, "https://graph.microsoft.com/.default")

    assert httpx.post(url, json=body).status_code == 401
    refused = httpx.post(url, json=body, headers={"Authorization": f"Bearer {other}"})

    assert refused.status_code == 401
    assert tenant.visible("a:ann") == []


@pytest.mark.parametrize(
    "activity",
    [
        {"text": ""},
        {"type": "event"},
        {"unknown": 1},
        {"textFormat": "html"},
        {"entities": [{"type": "mention", "mentioned": {"id": "29:x"}, "text": "<at>x</at>"}]},
        {"text": "<at>x</at>"},
        {
            "attachments": [
                {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}
            ]
        },
    ],
)
def test_what_no_client_shows_is_refused(tenant: TeamsTenant, activity: dict[str, Any]) -> None:
    assert say(tenant, **activity).status_code == 400
    assert tenant.refusals


def test_a_stream_goes_on_in_order_and_pace_and_ends_once(tenant: TeamsTenant) -> None:
    now = [0.0]
    tenant.clock = lambda: now[0]
    id = stream(tenant, 1, "So").json()["id"]
    assert stream(tenant, 2, "Soup", id).status_code == 429
    now[0] += 1.0
    assert stream(tenant, 3, "Soup", id).status_code == 400
    assert stream(tenant, 2, "Bread", id).status_code == 400
    assert stream(tenant, 2, "Soup", id).status_code == 202
    now[0] += 1.0
    assert len(tenant.open_streams()) == 1

    ended = stream(tenant, None, "Soup is on.", id)
    again = stream(tenant, None, "Soup is on.", id)

    assert (ended.status_code, again.status_code) == (202, 403)
    assert [each.text for each in tenant.visible("a:ann")] == ["Soup is on."]
    assert tenant.too_fast == 1


def test_a_stream_ends_after_two_minutes_or_by_its_reader(tenant: TeamsTenant) -> None:
    now = [0.0]
    tenant.clock = lambda: now[0]
    id = stream(tenant, 1, "So").json()["id"]
    now[0] += 121
    late = stream(tenant, 2, "Soup", id)
    other = stream(tenant, 1, "So").json()["id"]
    now[0] += 2
    tenant.cancel_streams()

    assert "exceeded streaming time" in late.text
    assert "canceled by user" in stream(tenant, 2, "Soup", other).text


def test_nothing_streams_where_several_read(tenant: TeamsTenant) -> None:
    info = {"type": "streaminfo", "streamType": "streaming", "streamSequence": 1}

    refused = say(tenant, "19:lab", type="typing", text="So", entities=[info])

    assert refused.status_code == 403


def test_rosters_come_in_pages_and_groups_by_person(tenant: TeamsTenant) -> None:
    tenant.page_size = 1
    tenant.groups["hr"] = ["ann"]
    first = call(tenant, "GET", "conversations/19:lab/pagedmembers?pageSize=500").json()
    more = f"conversations/19:lab/pagedmembers?continuationToken={first['continuationToken']}"
    second = call(tenant, "GET", more).json()
    graph = {"Authorization": f"Bearer {token(tenant, 'https://graph.microsoft.com/.default')}"}
    asked = f"{tenant.graph_url}/v1.0/users/ann/checkMemberGroups"

    found = httpx.post(asked, json={"groupIds": ["hr", "board"]}, headers=graph)

    assert [each["members"][0]["aadObjectId"] for each in (first, second)] == ["ann", "bob"]
    assert "continuationToken" not in second
    assert found.json() == {"value": ["hr"]}


def test_an_activity_comes_with_a_token_of_a_key_that_is_served(tenant: TeamsTenant) -> None:
    asked = message(tenant, "ann", "19:help@thread.tacv2", "How long?", mentions=("bot",))
    headers, body = posted(asked)
    keys = httpx.get(f"{tenant.openid_url.rpartition('/')[0]}/keys").json()["keys"]

    claims = jwt.decode(
        headers["authorization"].removeprefix("Bearer "),
        RSAAlgorithm.from_jwk(keys[0]),  # type: ignore[arg-type]
        ["RS256"],
        audience=tenant.client_id,
    )

    assert claims["serviceurl"] == asked["serviceUrl"]
    assert asked["conversation"]["id"] == f"19:help@thread.tacv2;messageid={asked['id']}"
    assert b"<at>wellread</at> How long?" in body


def test_calls_fail_on_demand(tenant: TeamsTenant) -> None:
    tenant.fail("send", drop=True, taken=True)
    with pytest.raises(httpx.HTTPError):
        say(tenant)
    assert len(tenant.visible("a:ann")) == 1
    tenant.fail("send", retry_after=3)
    assert say(tenant).headers["retry-after"] == "3"
    tenant.fail("send", status=502)
    assert say(tenant).status_code == 502
    assert say(tenant).status_code == 201
