"""Tokens with which the bot calls the Bot Connector and Graph.

Sources: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from wellread.adapters.chat.teams.requests_out import Answer, asked
from wellread.domain.knowledge.errors import DeliveryError, InvalidConfigurationError
from wellread.ports.operations import Clock, Secret

_EARLY_SECONDS = 300.0
_BOT_SCOPES = {
    "login.microsoftonline.us": "https://api.botframework.us/.default",
    "login.partner.microsoftonline.cn": "https://api.botframework.azure.cn/.default",
}
_BOT_SCOPE = "https://api.botframework.com/.default"
_GRAPH_HOSTS = (".microsoft.com", ".microsoft.us", ".chinacloudapi.cn")
_GRAPH_SCOPE = "https://graph.microsoft.com/.default"

_ANOTHER = (
    "Make a client secret at the app registration, and set WELLREAD_TEAMS_CLIENT_SECRET, or the "
    "stack's secret, to its value."
)
_TENANT = (
    "Set WELLREAD_TEAMS_TENANT_ID, or the stack's TeamsTenantId, to the Directory (tenant) ID of "
    "the app registration."
)
_CAUSES = {
    "AADSTS7000215": (
        "the client secret is not one of the bot's, or is a secret's id in place of its value",
        _ANOTHER,
    ),
    "AADSTS7000222": ("the client secret has expired", _ANOTHER),
    "AADSTS700016": (
        "the tenant has no app with the bot's client id",
        "Set WELLREAD_TEAMS_CLIENT_ID and WELLREAD_TEAMS_TENANT_ID, or the stack's TeamsClientId "
        "and TeamsTenantId, to the ids of one app registration.",
    ),
    "AADSTS7000229": (
        "the app is registered, and not in use in the tenant",
        "Have an administrator of the tenant grant it consent, or run `az ad sp create --id` with "
        "its client id.",
    ),
    "AADSTS7000112": (
        "the app is disabled in the tenant",
        "Have an administrator enable it: Enterprise applications, Properties.",
    ),
    "AADSTS90002": ("there is no such tenant", _TENANT),
    "AADSTS900023": ("the tenant id is none", _TENANT),
}
"""Code of Microsoft's → what is wrong, and what to do."""

_ANY_CAUSE = (
    "its client id, client secret or tenant id is not right, or the secret has expired",
    _ANOTHER,
)


class SignInError(DeliveryError):
    """The bot cannot sign in; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class _Token:
    words: str
    until: float


class SignIn:
    """Gets tokens by the bot's secret, and keeps them for as long as they are good."""

    def __init__(
        self, bot: tuple[str, str], secret: Secret, login_url: str, graph_url: str, *, clock: Clock
    ) -> None:
        """Sign in nowhere yet.

        Args:
            bot: Its client id and tenant id.
            secret: Has its `client_secret`.
            login_url: Where tokens are given.
            graph_url: Where Graph is.
            clock: The time.
        """
        self._client_id, self._tenant_id = bot
        self._secret = secret
        self._login_url = login_url.rstrip("/")
        self._clock = clock
        self._bot = _BOT_SCOPES.get(urlsplit(login_url).hostname or "", _BOT_SCOPE)
        self._graph = _graph_scope(graph_url)
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def for_bot(self, refused: str = "") -> str:
        """A token for the Bot Connector.

        Args:
            refused: The one that was refused, and is not given again.

        Raises:
            TransientError: Nobody gives tokens now.
            SignInError: The bot gets none.
        """
        return self._token(self._bot, refused)

    def for_graph(self, refused: str = "") -> str:
        """A token for Graph; as `for_bot`."""
        return self._token(self._graph, refused)

    def _token(self, scope: str, refused: str) -> str:
        with self._lock:
            kept = self._tokens.get(scope)
            if kept is None or kept.words == refused or self._clock() >= kept.until:
                kept = self._tokens[scope] = self._new(scope)
            return kept.words

    def _new(self, scope: str) -> _Token:
        known = self._part(None)
        answer = self._ask(scope, known)
        if answer.status in (400, 401):
            # It may have been replaced a moment ago.
            renewed = self._part(known)
            if renewed != known:
                answer = self._ask(scope, renewed)
        words = answer.body.get("access_token")
        if answer.status != 200 or not isinstance(words, str):
            raise SignInError(_why(answer))
        seconds = answer.body.get("expires_in")
        good = float(seconds) if isinstance(seconds, int | float | str) and str(seconds) else 0.0
        return _Token(words, self._clock() + max(good - _EARLY_SECONDS, good / 2))

    def _ask(self, scope: str, secret: str) -> Answer:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": secret,
            "scope": scope,
        }
        tenant = quote(self._tenant_id, safe="")
        return asked(
            "POST",
            f"{self._login_url}/{tenant}/oauth2/v2.0/token",
            urlencode(form).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"},
        )

    def _part(self, refused: str | None) -> str:
        try:
            return self._secret.part("client_secret", refused)
        except InvalidConfigurationError as error:
            raise SignInError(str(error)) from error


def _graph_scope(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return f"https://{host}/.default" if host.endswith(_GRAPH_HOSTS) else _GRAPH_SCOPE


def _why(answer: Answer) -> str:
    told = answer.body.get("error_description") or answer.body.get("error")
    found = told if isinstance(told, str) else ""
    code = found.split(":", 1)[0][:40] or f"HTTP {answer.status}"
    cause, fix = _CAUSES.get(code, _ANY_CAUSE)
    return f"Microsoft gives the bot no token ({code}): {cause}. {fix}"
