"""What a token for Graph says that the bot may ask, whatever it looks like."""

from __future__ import annotations

import base64
import json

import pytest

from wellread.adapters.chat.teams.grants import GROUPS, USERS, lacking, roles_of


def token(claims: object) -> str:
    raw = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{raw}.signature"


def test_a_token_names_its_permissions() -> None:
    roles = ["User.Read.All", "GroupMember.Read.All"]

    assert roles_of(token({"roles": roles, "appid": "x"})) == set(roles)


@pytest.mark.parametrize("words", ["", "opaque", "a.b", "a.%%%.c", "a.é.c", token([]), token(None)])
def test_what_cannot_be_read_says_nothing(words: str) -> None:
    assert roles_of(words) is None


@pytest.mark.parametrize("roles", ["User.Read.All", None, [], {"User.Read.All": 1}, [None, 5]])
def test_what_names_no_permissions_lacks_all(roles: object) -> None:
    found = roles_of(token({"roles": roles}))

    assert found is not None
    assert lacking(found) == (USERS, GROUPS)
