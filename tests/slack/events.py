"""What Slack sends to an app: signed requests about what happened in a workspace.

Sources: https://docs.slack.dev/apis/events-api https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.slack.seen import button, elements
from tests.slack.shapes import Ephemeral, Message
from tests.slack.state import WorkspaceState

SIGNING_SECRET = "a signing secret"


@dataclass(frozen=True)
class SlackRequest:
    """A request to `/slack/events`: its body and its headers, in lower case."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def again(self, number: int = 1, reason: str = "http_timeout") -> SlackRequest:
        """The same one as Slack sends it again."""
        more = {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
        return SlackRequest(self.body, self.headers | more)


class Slack:
    """Slack, as an app hears of it.

    Attributes:
        workspace: What happened is said with its ids.
        secret: Signs the requests.
        clock: The time that they are signed at.
    """

    def __init__(
        self,
        workspace: WorkspaceState,
        secret: str = SIGNING_SECRET,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.workspace = workspace
        self.secret = secret
        self.clock = clock
        self._numbers = itertools.count(1)

    def signed(self, body: bytes, kind: str = "application/json", at: str = "") -> SlackRequest:
        """Any body, signed."""
        stamp = at or str(int(self.clock()))
        said = b"v0:" + stamp.encode() + b":" + body
        made = hmac.new(self.secret.encode(), said, hashlib.sha256).hexdigest()
        return SlackRequest(
            body,
            {
                "content-type": kind,
                "x-slack-request-timestamp": stamp,
                "x-slack-signature": f"v0={made}",
                "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            },
        )

    def callback(self, event: dict[str, Any], **more: Any) -> SlackRequest:
        """An event in its envelope, with an id that no other has."""
        envelope = {
            "token": "deprecated",
            "team_id": self.workspace.team,
            "api_app_id": self.workspace.app,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{next(self._numbers):08d}",
            "event_time": int(self.clock()),
            "is_ext_shared_channel": self._shared(event),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self.workspace.team,
                    "user_id": self.workspace.bot,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }
        return self.signed(json.dumps({**envelope, **more}).encode())

    def url_verification(self, challenge: str = "challenge") -> SlackRequest:
        said = {"token": "deprecated", "challenge": challenge, "type": "url_verification"}
        return self.signed(json.dumps(said).encode())

    # Messages: each has been said in the workspace already.

    def message(self, message: Message, **more: Any) -> SlackRequest:
        """A `message` event: in a direct conversation, or where the app hears all messages."""
        return self.callback({**self._of(message), "type": "message", **more})

    def mention(self, message: Message, **more: Any) -> SlackRequest:
        return self.callback({**self._of(message), "type": "app_mention", **more})

    def pair(self, message: Message) -> tuple[SlackRequest, SlackRequest]:
        """The two events of a mention in a place where the app hears all messages."""
        return self.message(message), self.mention(message)

    def edited(self, message: Message, text: str) -> SlackRequest:
        was = self._of(message) | {"type": "message"}
        now = was | {"text": text, "edited": {"user": message.user, "ts": self._ts()}}
        return self._changed(message, "message_changed", message=now, previous_message=was)

    def deleted(self, message: Message) -> SlackRequest:
        """The message is gone from the workspace, too."""
        for stored in self.workspace.stored:
            if (stored.channel, stored.ts) == (message.channel, message.ts):
                stored.deleted = True
        was = self._of(message) | {"type": "message"}
        return self._changed(
            message, "message_deleted", deleted_ts=message.ts, previous_message=was
        )

    def file_share(self, message: Message) -> SlackRequest:
        return self.message(message, subtype="file_share", files=message.files, upload=False)

    def pane_opened(self, user: str, channel: str, thread: str) -> SlackRequest:
        return self.callback(
            {
                "type": "assistant_thread_started",
                "assistant_thread": {
                    "user_id": user,
                    "context": {},
                    "channel_id": channel,
                    "thread_ts": thread,
                },
                "event_ts": self._ts(),
            }
        )

    def home_opened(self, user: str, channel: str = "", tab: str = "home") -> SlackRequest:
        event = {"type": "app_home_opened", "user": user, "tab": tab, "event_ts": self._ts()}
        return self.callback({**event, "channel": channel or f"D{user[1:]}"})

    # What people do with the app.

    def command(self, user: str, channel: str, text: str, command: str = "/ask") -> SlackRequest:
        return self._form(
            token="deprecated",
            team_id=self.workspace.team,
            team_domain="wellread",
            channel_id=channel,
            channel_name=channel.lower(),
            user_id=user,
            user_name=user.lower(),
            command=command,
            text=text,
            api_app_id=self.workspace.app,
            is_enterprise_install="false",
            response_url=self.workspace.new_response_url(user, channel),
            trigger_id=self.workspace.new_trigger(),
        )

    def click(self, user: str, said: Message | Ephemeral, label: str) -> SlackRequest:
        """A click on the button with these words on it."""
        found = button(said, label)
        pressed = {**found, "value": found.get("value", "")}
        return self.action(user, said, pressed)

    def verdict(self, user: str, said: Message | Ephemeral, *, good: bool) -> SlackRequest:
        """A click on one of the feedback buttons."""
        (found,) = (e for e in elements(said) if e["type"] == "feedback_buttons")
        half = found["positive_button" if good else "negative_button"]
        pressed = {"type": "feedback_buttons", "action_id": found["action_id"]}
        return self.action(user, said, pressed | {"text": half["text"], "value": half["value"]})

    def action(self, user: str, said: Message | Ephemeral, pressed: dict[str, Any]) -> SlackRequest:
        """A `block_actions` interaction."""
        ephemeral = isinstance(said, Ephemeral)
        ts = self._ts() if ephemeral else said.ts
        container: dict[str, Any] = {
            "type": "message",
            "message_ts": ts,
            "channel_id": said.channel,
            "is_ephemeral": ephemeral,
        }
        payload: dict[str, Any] = {
            **self._interaction("block_actions", user),
            "trigger_id": self.workspace.new_trigger(),
            "container": container,
            "channel": {"id": said.channel, "name": said.channel.lower()},
            "response_url": said.response_url
            if isinstance(said, Ephemeral) and said.response_url
            else self.workspace.new_response_url(user, said.channel),
            "actions": [{"block_id": "b", **pressed, "action_ts": self._ts()}],
        }
        if isinstance(said, Message):
            payload["message"] = said.as_message(all_metadata=True)
            if said.thread_ts:
                container["thread_ts"] = said.thread_ts
        return self._form(payload=json.dumps(payload))

    def submitted(self, user: str, view: dict[str, Any], **typed: str) -> SlackRequest:
        """A modal sent off; `typed` by the action id of each input, the others left empty."""
        values = {
            block.get("block_id", "b"): {
                block["element"]["action_id"]: {
                    "type": block["element"]["type"],
                    "value": typed.get(block["element"]["action_id"]),
                }
            }
            for block in view["blocks"]
            if block["type"] == "input"
        }
        sent = {"id": f"V{next(self._numbers)}", **view, "state": {"values": values}}
        payload = {**self._interaction("view_submission", user), "view": sent, "response_urls": []}
        return self._form(payload=json.dumps(payload))

    def _interaction(self, kind: str, user: str) -> dict[str, Any]:
        return {
            "type": kind,
            "user": {"id": user, "username": user.lower(), "team_id": self.workspace.team},
            "api_app_id": self.workspace.app,
            "token": "deprecated",
            "team": {"id": self.workspace.team, "domain": "wellread"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _form(self, **fields: str) -> SlackRequest:
        return self.signed(urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def _of(self, message: Message) -> dict[str, Any]:
        event = {
            "user": message.user,
            "ts": message.ts,
            "text": message.text,
            "team": self.workspace.team,
            "blocks": [],
            "channel": message.channel,
            "event_ts": message.ts,
            "channel_type": self._kind(message.channel),
        }
        return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})

    def _changed(self, message: Message, subtype: str, **more: Any) -> SlackRequest:
        return self.callback(
            {
                "type": "message",
                "subtype": subtype,
                "channel": message.channel,
                "channel_type": self._kind(message.channel),
                "hidden": True,
                "ts": self._ts(),
                "event_ts": self._ts(),
                **more,
            }
        )

    def _kind(self, channel: str) -> str:
        kinds = {"public": "channel", "private": "group"}
        kind = self.workspace.conversations[channel].kind
        return kinds.get(kind, kind)

    def _shared(self, event: dict[str, Any]) -> bool:
        found = self.workspace.conversations.get(str(event.get("channel")))
        return found is not None and found.shared

    def _ts(self) -> str:
        return self.workspace.next_ts()
