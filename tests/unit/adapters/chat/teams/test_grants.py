"""What a token for Graph says is read as far as it can be, and is never trusted to be readable."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.chat.teams.grants import GROUPS, USERS, is_entra_id, lacking, roles_of


def token(**claims: Any) -> str:
    return jwt.encode(claims, "a key that is as long as it has to be")


def test_the_permissions_are_those_that_the_token_names() -> None:
    assert roles_of(token(roles=[USERS, GROUPS])) == {USERS, GROUPS}
    assert roles_of(token()) == frozenset()


@pytest.mark.parametrize("roles", ["User.Read.All", None, [], {"User.Read.All": 1}, [None, 5]])
def test_what_names_no_permissions_lacks_all(roles: object) -> None:
    found = roles_of(token(roles=roles))
    assert found is not None
    assert lacking(found) == (USERS, GROUPS)


@pytest.mark.parametrize(
    "opaque", ["", "EwBgA8l6BAAU", "a.b.c", "a.W10.c", "ä.ö.ü", "..", "a.b.c.d"]
)
def test_a_token_that_cannot_be_read_says_nothing(opaque: str) -> None:
    assert roles_of(opaque) is None


@given(st.text() | st.builds("a.{}.c".format, st.text()))
def test_no_token_breaks_anything(text: str) -> None:
    roles_of(text)


@pytest.mark.parametrize(
    ("roles", "missing"),
    [
        ((), (USERS, GROUPS)),
        ((USERS,), (GROUPS,)),
        ((GROUPS,), (USERS,)),
        ((USERS, GROUPS), ()),
        ((USERS, "Group.Read.All"), ()),
        (("Directory.Read.All",), ()),
        # Only for people who are signed in; no page of an operation names it for applications.
        (("User.ReadBasic.All", GROUPS), (USERS,)),
    ],
)
def test_what_is_missing_is_named_and_what_gives_more_will_do(
    roles: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    assert lacking(frozenset(roles)) == missing


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", True),
        ("0F8FAD5B-D9CB-469F-A165-70867728950E", True),
        ("0f8fad5b-d9cb-469f-a165-70867728950e\n", False),
        ("{0f8fad5b-d9cb-469f-a165-70867728950e}", False),
        ("0f8fad5bd9cb469fa16570867728950e", False),
        ("٠f8fad5b-d9cb-469f-a165-70867728950e", False),
        ("", False),
    ],
)
def test_ids_of_entra_are_known_by_their_form(text: str, is_one: bool) -> None:
    assert is_entra_id(text) == is_one
