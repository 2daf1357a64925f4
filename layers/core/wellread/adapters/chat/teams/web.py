"""The Bot Connector and Graph, called so that nothing is sent twice by accident.

A call that is refused for its rate was not taken, and waits for its turn as long as a worker can;
so does every other call to the same conversation.

Sources: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from wellread.adapters.chat.recent import Recent
from wellread.adapters.chat.teams.grants import USERS, lacking, roles_of
from wellread.adapters.chat.teams.requests_out import Answer, asked
from wellread.adapters.chat.teams.sign_in import SignIn, SignInError
from wellread.adapters.chat.waiting import (
    CALL_SECONDS,
    LONGEST_WAIT_SECONDS,
    PATIENCE_SECONDS,
)
from wellread.domain.knowledge.errors import DeliveryError, TransientError

_IN_PATH = ":@;=,-_.~!*'()"
"""What conversations' ids hold, and a path may."""

_WORDS = {
    401: "it does not take the bot's token. Check the app registration, and that the bot is in use "
    "in the tenant of WELLREAD_TEAMS_TENANT_ID.",
    403: "the bot may not do that there: it was removed or blocked, or lacks a permission. Add the "
    "app again, or have an administrator consent to its permissions (docs/teams.md).",
    404: "there is no such conversation, message or person any more. There is nothing to do.",
    413: "the message is too long.",
}

_CONVERSATIONS = 1000

logger = logging.getLogger(__name__)


class RefusedError(DeliveryError):
    """Microsoft refuses a call, for good.

    Attributes:
        status: Of HTTP.
        code: Such as "ConversationNotFound"; empty where none was said.
        reason: In the service's own words.
    """

    def __init__(self, status: int, code: str, reason: str) -> None:
        """Say what is refused, why, and what to do."""
        self.status, self.code, self.reason = status, code, reason
        words = _WORDS.get(status, "look the code up at learn.microsoft.com/microsoftteams.")
        super().__init__(f"Teams refuses a call (HTTP {status} {code}): {words}")


class TeamsWeb:
    """Calls with the bot's tokens."""

    def __init__(
        self,
        sign_in: SignIn,
        graph_url: str = "https://graph.microsoft.com",
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        refused: Callable[[], object] = lambda: None,
    ) -> None:
        """Call nothing yet.

        Args:
            sign_in: Gives tokens.
            graph_url: Where Graph is.
            now: The time, which nobody puts back.
            sleep: Waits so many seconds.
            refused: Told of each call that is refused for what only an operator can mend.
        """
        self._sign_in = sign_in
        self._graph_url = graph_url
        self._now = now
        self._sleep = sleep
        self._barred = Recent[float](_CONVERSATIONS, LONGEST_WAIT_SECONDS, now)
        self._refused = refused

    def call(
        self,
        method: str,
        address: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        seconds: float = CALL_SECONDS,
        patience: float | None = None,
    ) -> Mapping[str, Any]:
        """Call the Bot Connector.

        Args:
            method: Of HTTP.
            address: The service URL that was verified.
            path: Below it, its parts by `in_path`.
            query: What follows it.
            body: What is sent as JSON.
            seconds: How long it may take to answer.
            patience: How long to wait where it is asked for, if not as long as all calls may.

        Returns:
            The answer; empty where there is none to read.

        Raises:
            TransientError: Teams is away, or wants more patience: it may or may not have taken it.
            DeliveryError: It refuses it: `RefusedError`; or the bot cannot sign in.
        """
        url = f"{address.rstrip('/')}/{path}"
        left = PATIENCE_SECONDS if patience is None else patience
        return self._call(method, url, query, body, seconds, left, self._sign_in.for_bot)

    def graph(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Call Graph; as `call`."""
        url = f"{self._graph_url.rstrip('/')}/{path}"
        left, token = PATIENCE_SECONDS, self._sign_in.for_graph
        return self._call(method, url, query, body, CALL_SECONDS, left, token)

    def may_read_users(self) -> bool:
        """Whether the bot's token says that it may ask Graph about users.

        Raises:
            TransientError, DeliveryError: The bot cannot sign in.
        """
        roles = roles_of(self._token(self._sign_in.for_graph, ""))
        return roles is not None and USERS not in lacking(roles)

    def _call(
        self,
        method: str,
        url: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, Any] | None,
        seconds: float,
        left: float,
        token_of: Callable[[str], str],
    ) -> Mapping[str, Any]:
        if urlsplit(url).scheme not in ("http", "https"):
            raise RefusedError(400, "NoAddress", "")
        url = f"{url}?{urlencode(query)}" if query else url
        raw = (
            None if body is None else json.dumps(body, ensure_ascii=False).encode(errors="replace")
        )
        token, renewed = self._token(token_of, ""), False
        place = _conversation_of(url)
        free_at = self._barred.known(place)
        if free_at is not None:
            left -= self._waited(free_at - self._now(), left)
        while True:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            answer = asked(method, url, raw, headers, seconds)
            if answer.status < 300:
                return answer.body
            if answer.status == 429:
                now = self._now()
                self._barred.put(place, now + answer.wait, now)
                left -= self._waited(answer.wait, left)
            elif answer.status == 401 and not renewed:
                renewed, token = True, self._token(token_of, token)
            else:
                raise self._told(_refusal(answer))

    def _waited(self, wait: float, left: float) -> float:
        """Wait for a turn, if that takes no longer than a worker can; how long it took."""
        if wait > left:
            raise TransientError("Teams takes no more calls now.", retry_after=wait)
        if wait > 0:
            self._sleep(wait)
        return max(0.0, wait)

    def _token(self, token_of: Callable[[str], str], refused: str) -> str:
        try:
            return token_of(refused)
        except SignInError as error:
            logger.error("the bot cannot sign in", extra={"why": str(error)})
            self._refused()
            raise

    def _told(self, refusal: RefusedError) -> RefusedError:
        """The refusal, of which the operator hears where others cannot mend it."""
        if refusal.status == 401:
            logger.error("Teams refuses a call", extra={"why": str(refusal)})
            self._refused()
        return refusal


def _conversation_of(url: str) -> str:
    """What of an address is the same in all calls that share a rate."""
    before, found, after = url.partition("/v3/conversations/")
    return f"{before}{found}{after.partition('/')[0].partition(';')[0]}"


def in_path(id: str) -> str:
    """An id as a part of a path."""
    return quote(id, safe=_IN_PATH)


def _refusal(answer: Answer) -> RefusedError:
    error = answer.body.get("error")
    held = error if isinstance(error, dict) else {}
    code, reason = held.get("code"), held.get("message")
    code = code if isinstance(code, str) and code.isalnum() else ""
    return RefusedError(answer.status, code[:60], str(reason or "")[:300])
