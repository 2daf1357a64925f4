"""What is said where the bot gets no token."""

from __future__ import annotations

import time

import pytest

from tests.teams.tenant import running_tenant
from wellread.adapters.chat.teams.sign_in import SignIn, SignInError
from wellread.adapters.embedded.given_secret import GivenSecret


def test_a_refusal_that_says_nothing_is_told_by_its_status() -> None:
    with running_tenant() as tenant:
        secret = GivenSecret({"client_secret": tenant.client_secret}, "WELLREAD_TEAMS")
        bot = (tenant.client_id, tenant.tenant)
        sign_in = SignIn(bot, secret, tenant.login_url, tenant.graph_url, clock=time.time)
        tenant.fail("token", status=403)

        with pytest.raises(SignInError, match=r"\(HTTP 403\)"):
            sign_in.for_bot()
