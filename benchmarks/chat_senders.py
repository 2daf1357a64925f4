"""What sends questions as a chat platform does."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

_SECRET = "0123456789abcdef0123456789abcdef"
_TEAM, _BOT, _CONVERSATION = "T0LAB00001", "U0BOT00001", "C0LAB00001"
_CLIENT, _TENANT = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_NOWHERE = "http://127.0.0.1:9/"


class Sender(Protocol):
    """One app on a platform.

    Attributes:
        path: Where its requests go.
        settings: Of the host that takes them, and reaches the platform nowhere.
    """

    platform: str
    path: str
    settings: Mapping[str, str]

    def question(self, number: int) -> bytes:
        """The body of a question; another one for each number."""

    def headers(self, body: bytes, *, forged: bool) -> dict[str, str]:
        """What a body is sent with."""


class SlackSender:
    """Mentions in a conversation."""

    platform = "Slack"
    path = "/slack/events"
    settings: Mapping[str, str] = {
        "WELLREAD_SLACK_SIGNING_SECRET": _SECRET,
        "WELLREAD_SLACK_BOT_TOKEN": "xoxb-0",
        "WELLREAD_SLACK_API_URL": f"{_NOWHERE}api/",
    }

    def question(self, number: int) -> bytes:
        """A mention."""
        at = f"17733960{number // 100:02d}.{number:06d}"
        event = {
            "type": "app_mention",
            "user": "U0ANN00001",
            "text": f"<@{_BOT}> How long may book {number} be borrowed?",
            "ts": at,
            "channel": _CONVERSATION,
            "event_ts": at,
            "team": _TEAM,
        }
        bot = {"team_id": _TEAM, "user_id": _BOT, "is_bot": True}
        return json.dumps(
            {
                "type": "event_callback",
                "team_id": _TEAM,
                "api_app_id": "A0WELL0001",
                "event": event,
                "authorizations": [bot],
            }
        ).encode()

    def headers(self, body: bytes, *, forged: bool) -> dict[str, str]:
        """With a signature of now."""
        now = str(int(time.time()))
        secret = "another" if forged else _SECRET
        signed = hmac.new(secret.encode(), b"v0:%s:%s" % (now.encode(), body), hashlib.sha256)
        return {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": f"v0={signed.hexdigest()}",
        }


class TeamsSender:
    """Mentions in a team's channel."""

    platform = "Teams"
    path = "/api/messages"

    def __init__(self, key: RSAPrivateKey, openid_url: str) -> None:
        """Sign with a key that is to be had beside that address."""
        self.settings: Mapping[str, str] = {
            "WELLREAD_TEAMS_CLIENT_ID": _CLIENT,
            "WELLREAD_TEAMS_TENANT_ID": _TENANT,
            "WELLREAD_TEAMS_CLIENT_SECRET": "0",
            "WELLREAD_TEAMS_OPENID_URL": openid_url,
            "WELLREAD_TEAMS_LOGIN_URL": _NOWHERE,
            "WELLREAD_TEAMS_GRAPH_URL": _NOWHERE,
        }
        other = generate_private_key(65537, 2048)
        self._tokens = {False: _token(key), True: _token(other)}

    def question(self, number: int) -> bytes:
        """A mention."""
        bot = {"id": f"28:{_CLIENT}", "name": "wellread"}
        at = f"17733960{number:05d}"
        channel = "19:lab@thread.tacv2"
        return json.dumps(
            {
                "type": "message",
                "id": at,
                "channelId": "msteams",
                "serviceUrl": _NOWHERE,
                "from": {"id": "29:1ann", "name": "Ann", "aadObjectId": _TENANT},
                "recipient": bot,
                "conversation": {
                    "id": f"{channel};messageid={at}",
                    "conversationType": "channel",
                    "tenantId": _TENANT,
                },
                "channelData": {"tenant": {"id": _TENANT}, "team": {"id": channel}},
                "text": f"<at>wellread</at> How long may book {number} be borrowed?",
                "entities": [
                    {"type": "mention", "mentioned": bot, "text": "<at>wellread</at>"},
                ],
            }
        ).encode()

    def headers(self, body: bytes, *, forged: bool) -> dict[str, str]:  # noqa: ARG002 - not signed
        """With a token."""
        return {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self._tokens[forged]}",
        }


def _token(key: RSAPrivateKey) -> str:
    now = int(time.time())
    claims = {
        "iss": "https://api.botframework.com",
        "aud": _CLIENT,
        "nbf": now,
        "exp": now + 3600,
        "serviceurl": _NOWHERE,
    }
    return jwt.encode(claims, key, "RS256", headers={"kid": "1"})


@contextmanager
def teams_sender() -> Iterator[TeamsSender]:
    """A sender whose key is served meanwhile."""
    key = generate_private_key(65537, 2048)
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    keys = json.dumps({"keys": [{**public, "kid": "1", "use": "sig"}]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(keys)))
            self.end_headers()
            self.wfile.write(keys)

    with ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield TeamsSender(key, f"http://127.0.0.1:{server.server_port}/openid")
        server.shutdown()
