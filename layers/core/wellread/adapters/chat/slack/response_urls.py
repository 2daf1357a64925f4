"""What one person alone sees, said by a response URL: five times at most, for half an hour.

Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.adapters.chat.slack.blocks import SlackMessage
from wellread.adapters.chat.slack.web import RefusedError
from wellread.adapters.chat.waiting import CALL_SECONDS, retry_after
from wellread.domain.knowledge.errors import TransientError

_quiet = logging.getLogger(f"{__name__}.sdk")
_quiet.setLevel(logging.CRITICAL + 1)


class ResponseUrls:
    """Says things by response URLs, each of which is one person's in one place."""

    def __init__(self, addresses: SlackAddresses) -> None:
        """Say nothing to other addresses."""
        self._addresses = addresses

    def say(self, url: str, messages: Sequence[SlackMessage], *, replaced: bool) -> None:
        """Say messages, in place of what was said there before if that is to be replaced.

        Raises:
            TransientError: Slack is away: it may or may not have taken them.
            RefusedError: The address is none of Slack's, or can be used no more.
        """
        for number, message in enumerate(messages):
            self._send(
                url,
                response_type="ephemeral",
                replace_original=replaced and number == 0,
                text=message.text,
                blocks=list(message.blocks),
            )

    def remove(self, url: str) -> None:
        """Take back what was said; raises as `say` does."""
        self._send(url, delete_original=True)

    def _send(self, url: str, **body: Any) -> None:
        if not self._addresses.has(url):
            raise RefusedError("foreign_url", "A response URL is none of Slack's: not used.")
        client = WebhookClient(url, timeout=CALL_SECONDS, logger=_quiet, retry_handlers=[])
        try:
            answer = client.send_dict(body)
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            kind = type(error).__name__
            raise TransientError(f"Slack did not answer a response URL ({kind}).") from error
        if answer.status_code == 400 and body.get("blocks"):
            self._send(url, **{**body, "blocks": []})
            return
        if answer.status_code == 429:
            wait = retry_after(answer.headers)
            raise TransientError("Slack takes no more answers now.", retry_after=wait)
        if answer.status_code >= 500:
            raise TransientError(f"Slack failed at a response URL (HTTP {answer.status_code}).")
        if answer.status_code != 200:
            raise RefusedError(
                "used_url",
                f"Slack refuses a response URL (HTTP {answer.status_code}): it has been used five "
                "times, or for half an hour, or what was said is not as it should be.",
            )
