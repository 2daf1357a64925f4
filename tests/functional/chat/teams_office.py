"""A company whose documents are for some of it, and the Teams tenant that it asks in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from functions.teams.app import lambda_handler
from tests.functional.chat.test_scope_in_slack import ACCESS, SECRETS, TEXTS
from tests.laptop import Laptop
from tests.slack_requests import gateway_event
from tests.teams.activities import message, posted
from tests.teams.seen import seen
from tests.teams.tenant import TeamsTenant, running_tenant
from wellread.local.lambda_runtime import LocalContext

CHAT = {
    "teams": {
        "groups": [{"group": "g-hr", "audience": ["hr"]}],
        "users": [{"user": "bob", "audience": ["board"]}],
        "guests": ["public"],
    }
}


class Office:
    """A laptop that serves a Teams tenant."""

    def __init__(self, folder: Path, tenant: TeamsTenant) -> None:
        self.tenant = tenant
        self.laptop = Laptop(
            folder,
            teams_client_id=tenant.client_id,
            teams_tenant_id=tenant.tenant,
            teams_client_secret=tenant.client_secret,
            teams_openid_url=tenant.openid_url,
            teams_login_url=tenant.login_url,
            teams_graph_url=tenant.graph_url,
            chat_members_seconds=0,
        )
        self.laptop.adapters.sleep = lambda _: None
        tenant.pace = 0.0
        self.laptop.write_rules(access=ACCESS, chat=CHAT)
        for audience, (key, _, _) in SECRETS.items():
            self.laptop.write(key, TEXTS[audience])
        self.laptop.work()
        tenant.page_size = 2
        for person in ("ann", "hal", "bob"):
            tenant.add_person(person)
        tenant.add_person("gus", role="guest")
        tenant.add_person("out", tenant="another tenant")
        tenant.groups["g-hr"] = ["hal", "bob", "gus"]

    def send(self, made: dict[str, object]) -> None:
        headers, body = posted(made)
        answer = lambda_handler(gateway_event(body, headers), LocalContext("teams"))
        assert answer["statusCode"] in (200, 201, 202)
        while self.laptop.host.deliver_next("answer"):
            pass

    def told(self, who: str, conversation: str) -> set[str]:
        """The audiences of the documents that somebody hears of in a conversation."""
        kind = self.tenant.conversations[conversation].kind
        mentions = () if kind == "personal" else ("bot",)
        shown = ""
        for _, question, _ in SECRETS.values():
            asked = message(self.tenant, who, conversation, question, mentions=mentions)
            before = len(self.tenant.stored)
            self.send(asked)
            replies = self.tenant.stored[before:]
            assert len([each for each in replies if not each.deleted]) == 1
            shown += "".join(map(seen, replies))
        return {audience for audience, (_, _, secret) in SECRETS.items() if secret in shown}


@contextlib.contextmanager
def running_office(folder: Path) -> Iterator[Office]:
    """An office with everything in this folder, and its tenant."""
    with running_tenant() as tenant:
        office = Office(folder, tenant)
        try:
            yield office
        finally:
            office.laptop.close()
