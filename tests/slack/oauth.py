"""Installing an app by OAuth, as Slack does it.

Sources: https://docs.slack.dev/authentication/installing-with-oauth,
https://docs.slack.dev/reference/methods/oauth.v2.access
"""

from __future__ import annotations

import base64
import itertools
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.slack.shapes import RefusedError
from tests.slack.state import SCOPES, WorkspaceState

CLIENT_ID, CLIENT_SECRET = "111.222", "a client secret"

_numbers = itertools.count(1)


class Authorizations:
    """What people allowed an app, and the codes that it has for that.

    Attributes:
        codes: Code → what it is exchanged for, once.
    """

    def __init__(self) -> None:
        self.codes: dict[str, dict[str, Any]] = {}

    def allow(self, address: str, workspace: WorkspaceState, **more: Any) -> str:
        """Somebody is led to an address, and allows what is asked for in a workspace.

        Returns:
            The query that Slack leads the browser back with.
        """
        parts = urlsplit(address)
        assert parts.path == "/oauth/v2/authorize"
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert set(said) == {"client_id", "scope", "state"}, said
        assert said["client_id"] == CLIENT_ID
        token = f"xoxb-{workspace.team}-{next(_numbers)}"
        workspace.tokens[token] = frozenset(said["scope"].split(","))
        assert workspace.tokens[token] == SCOPES
        code = f"code-{next(_numbers)}"
        self.codes[code] = {
            "ok": True,
            "access_token": token,
            "token_type": "bot",
            "scope": said["scope"],
            "bot_user_id": workspace.bot,
            "app_id": workspace.app,
            "team": {"id": workspace.team, "name": f"Lab <{workspace.team}>"},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": "U0ANN"},
            **more,
        }
        return f"code={code}&state={said['state']}"

    def exchange(self, authorization: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer `oauth.v2.access`.

        Raises:
            RefusedError: With Slack's code.
        """
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            raise RefusedError("bad_client_secret")
        if arguments.keys() - {"code"}:
            raise RefusedError("invalid_arguments")
        if arguments.get("code") not in self.codes:
            raise RefusedError("invalid_code")
        return self.codes.pop(arguments["code"])
