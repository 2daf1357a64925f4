"""Slack's Web API, called so that nothing is sent twice by accident.

The SDK repeats a call whose connection broke, though Slack may have taken it: not here. A call that
Slack refuses for its rate was not taken, and waits for its turn as long as a worker can.

Source: https://docs.slack.dev/apis/web-api
"""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from wellread.adapters.chat.waiting import CALL_SECONDS, PATIENCE_SECONDS, retry_after
from wellread.domain.knowledge.errors import (
    DeliveryError,
    InvalidConfigurationError,
    TransientError,
)

_AS_JSON = ("chat.", "views.", "assistant.")
"""Methods that write take JSON; those that read do not."""

_CODE = re.compile(r"\w+")
"""What is none stands for a page, such as a proxy's: the call may not have reached Slack."""

_AWAY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
_TOO_OFTEN = frozenset({"rate_limited", "ratelimited"})
_TOKEN_REFUSED = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)
_PLACE_GONE = frozenset({"channel_not_found", "is_archived", "not_in_channel", "thread_not_found"})
FATAL = _TOKEN_REFUSED | _PLACE_GONE | {"ekm_access_denied", "missing_scope", "restricted_action"}
"""Codes that no other way of saying the same gets around."""

_INSTALL = (
    "Install the app again (api.slack.com/apps, Install App) and set WELLREAD_SLACK_BOT_TOKEN, or "
    "the stack's secret, to the token that it shows; where it is in several workspaces, open "
    "/slack/install instead."
)
_WORDS = {
    "invalid_auth": f"the bot token is not valid. {_INSTALL}",
    "not_authed": f"no bot token was sent. {_INSTALL}",
    "token_revoked": f"the bot token was revoked. {_INSTALL}",
    "token_expired": f"the bot token has expired. {_INSTALL}",
    "account_inactive": f"the app was removed from the workspace. {_INSTALL}",
    "channel_not_found": "there is no such conversation, or the app is not in it. Invite the app.",
    "not_in_channel": "the app is not in that conversation. Invite it there.",
    "is_archived": "the conversation is archived. Nothing can be said there until it is restored.",
    "thread_not_found": "the message that was to be replied to is gone. There is nothing to do.",
    "restricted_action": "the workspace lets only some people post there. Allow the app to.",
}

logger = logging.getLogger(__name__)
_quiet = logging.getLogger(f"{__name__}.sdk")
# What goes wrong is raised; the SDK's own words of it may hold what was sent.
_quiet.setLevel(logging.CRITICAL + 1)


class BotToken(Protocol):
    """Where the bot's token is, which may be replaced while all runs."""

    def __call__(self, refused: str | None = None) -> str:
        """The token of now.

        Args:
            refused: What it was before, and what Slack refused.
        """


class RefusedError(DeliveryError):
    """Slack refuses a call, for good.

    Attributes:
        code: Slack's, such as "not_in_channel".
    """

    def __init__(self, code: str, message: str) -> None:
        """Say what is refused, why, and what to do."""
        self.code = code
        super().__init__(message)


class SlackWeb:
    """The Web API with the bot's token."""

    def __init__(
        self,
        token: BotToken,
        base_url: str = "https://slack.com/api/",
        *,
        sleep: Callable[[float], None] = time.sleep,
        patience: float = PATIENCE_SECONDS,
        refused: Callable[[], object] = lambda: None,
    ) -> None:
        """Call nothing yet.

        Args:
            token: Where the token is.
            base_url: Where the API is.
            sleep: Waits so many seconds.
            patience: How long to wait during one call, in all, where Slack asks to.
            refused: Told of each call that is refused for what only an operator can mend.
        """
        self._token = token
        self._refused = refused
        self._base_url = base_url
        self._sleep = sleep
        self._patience = patience
        self._self: dict[str, Any] | None = None
        # The SDK would read all certificates anew for each call.
        self._tls = ssl.create_default_context()

    def call(
        self,
        method: str,
        *,
        seconds: int = CALL_SECONDS,
        patience: float | None = None,
        **arguments: Any,
    ) -> dict[str, Any]:
        """Call a method.

        Args:
            method: Such as "chat.postMessage".
            seconds: How long Slack may take to answer.
            patience: How long to wait where Slack asks to, if not as long as all calls may.
            arguments: The method's, as Slack names them; None leaves one out.

        Returns:
            Slack's answer.

        Raises:
            TransientError: Slack is away, or wants more patience: it may or may not have taken it.
            RefusedError: Slack refuses it.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        token = self._now(None)
        left, renewed = self._patience if patience is None else patience, False
        while True:
            try:
                return self._once(token, method, given, seconds)
            except SlackApiError as error:
                refusal = _refusal(method, error)
            if isinstance(refusal, TransientError):
                if not 0 < refusal.retry_after <= left:
                    raise refusal
                left -= refusal.retry_after
                self._sleep(refusal.retry_after)
            elif refusal.code in _TOKEN_REFUSED and not renewed:
                renewed, refused = True, token
                token = self._now(refused)
                if token == refused:
                    raise self._told(method, refusal)
            else:
                raise self._told(method, refusal)

    def pages(self, method: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """All pages of a list, one after another; raises as `call` does."""
        cursor: str | None = None
        while cursor != "":
            page = self.call(method, cursor=cursor, **arguments)
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""

    def own_ids(self) -> frozenset[str]:
        """The bot's ids: what the author of its own messages is called. Raises as `call` does."""
        if self._self is None:
            self._self = self.call("auth.test")
        return frozenset(filter(None, (self._self.get("bot_id"), self._self.get("user_id"))))

    def bearer(self) -> str:
        """The token, for what Slack serves beside its API. Raises as `call` does."""
        return self._now(None)

    def _told(self, method: str, refusal: RefusedError) -> RefusedError:
        """The refusal, of which the operator hears where others cannot mend it."""
        if refusal.code in FATAL and refusal.code != "thread_not_found":
            logger.error("Slack refuses a call", extra={"method": method, "why": str(refusal)})
            self._refused()
        return refusal

    def _now(self, refused: str | None) -> str:
        try:
            return self._token(refused=refused)
        except InvalidConfigurationError as error:
            raise RefusedError("not_configured", str(error)) from error

    def _once(
        self, token: str, method: str, arguments: dict[str, Any], seconds: int
    ) -> dict[str, Any]:
        client = WebClient(
            token,
            base_url=self._base_url,
            timeout=seconds,
            ssl=self._tls,
            logger=_quiet,
            retry_handlers=[],
        )
        as_json = method.startswith(_AS_JSON)
        try:
            answer = client.api_call(
                method,
                json=arguments if as_json else None,
                params=None if as_json else arguments,
            )
        except SlackApiError:
            raise
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            # What the SDK says may hold the address; its kind is enough.
            raise TransientError(
                f"Slack did not answer {method} ({type(error).__name__})."
            ) from error
        return dict(answer.data) if isinstance(answer.data, dict) else {}


def _refusal(method: str, error: SlackApiError) -> TransientError | RefusedError:
    """What an answer means that is none."""
    response = error.response
    status = response.status_code
    code = str(response.get("error")) if status == 200 else _code_of_status(status)
    if status == 429 or code in _TOO_OFTEN:
        wait = retry_after(response.headers)
        return TransientError(f"Slack takes no more calls of {method} now.", retry_after=wait)
    if status >= 500:
        return TransientError(f"Slack failed at {method} (HTTP {status}).")
    if not _CODE.fullmatch(code):
        return TransientError(f"What answers {method} is not Slack.")
    if code in _AWAY:
        return TransientError(f"Slack failed at {method} ({code}).")
    if code == "missing_scope":
        needed = str(response.get("needed") or "another scope").partition(",")[0]
        return RefusedError(
            code,
            f"Slack refuses {method}: the bot token lacks the scope {needed}. Add it to the app "
            "(`wellread slack-manifest` prints all that are needed), and install the app again.",
        )
    words = _WORDS.get(code, f"it answers {code}. Look the code up at docs.slack.dev.")
    return RefusedError(code, f"Slack refuses {method}: {words}")


def _code_of_status(status: int) -> str:
    # Servers that do not know a method answer with a page.
    return "unknown_method" if status == 404 else f"http_{status}"
