"""Installing the app in a workspace by OAuth: from the first click to the token that is kept.

A state is signed and says when it expires. It counts in the browser alone that it was given to, by
a cookie, and once: whoever uses it notes that in the ledger first.

Sources: https://docs.slack.dev/authentication/installing-with-oauth,
https://docs.slack.dev/reference/methods/oauth.v2.access
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urljoin

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth import AuthorizeUrlGenerator, OAuthStateUtils
from slack_sdk.oauth.installation_store import Bot

from wellread.adapters.chat.slack.arrivals import PLATFORM
from wellread.adapters.chat.slack.install_pages import INSTALL_PATH, Page, answer_of
from wellread.adapters.chat.slack.scopes import BOT_SCOPES
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord, done
from wellread.domain.knowledge.errors import ConflictError, WellreadError

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.workspaces import Workspaces
    from wellread.ports.chat import ReplyLedger
    from wellread.ports.operations import Clock

STATE_SECONDS = 600
_EXCHANGE_SECONDS = 5

_cookie = OAuthStateUtils(
    cookie_name="__Host-wellread-slack-install", expiration_seconds=STATE_SECONDS
)
_quiet = logging.getLogger(f"{__name__}.sdk")
# The SDK's own words may hold what was sent.
_quiet.setLevel(logging.CRITICAL + 1)

logger = logging.getLogger(__name__)


class _RefusedError(Exception):
    """An installation that is not made.

    Attributes:
        page: Says why.
    """

    def __init__(self, why: str, page: Page) -> None:
        """Say why in the log, which nothing that was sent gets into, and to who wanted it."""
        super().__init__(why)
        self.page = page


class SlackInstall:
    """Answers the two addresses that a browser opens to install the app."""

    def __init__(
        self,
        workspaces: Workspaces | None,
        ledger: Callable[[], ReplyLedger],
        *,
        clock: Clock,
        api_url: str,
    ) -> None:
        """Install nothing yet.

        Args:
            workspaces: Those that the app may be installed in; None where that is off.
            ledger: Makes, or gives, what remembers states that were used.
            clock: The time.
            api_url: Where the Web API is.
        """
        self._workspaces = workspaces
        self._ledger = ledger
        self._clock = clock
        self._api_url = api_url

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer one HTTP request (payload format 2.0) by a redirect to Slack, or a page."""
        try:
            client = self._workspaces.client if self._workspaces is not None else None
            if self._workspaces is None or client is None:
                return answer_of(_OFF)
            if event.get("rawPath") == INSTALL_PATH:
                return self._begun(*client)
            page = self._installed(self._workspaces, client, event)
        except _RefusedError as error:
            logger.warning("an installation was refused", extra={"why": str(error)})
            page = error.page
        except WellreadError:
            logger.exception("an installation failed")
            page = _FAILED
        return answer_of(page, f"{_cookie.build_set_cookie_for_deletion()}; SameSite=Lax")

    def _begun(self, id: str, secret: str) -> dict[str, Any]:
        state = _new_state(secret, int(self._clock()) + STATE_SECONDS)
        address = AuthorizeUrlGenerator(
            client_id=quote(id, safe=""),
            scopes=BOT_SCOPES,
            authorization_url=urljoin(self._api_url, "/oauth/v2/authorize"),
        ).generate(state)
        return {
            "statusCode": int(HTTPStatus.FOUND),
            "headers": {"Location": address, "Cache-Control": "no-store"},
            # It comes along from Slack's page, which is another site, when that leads back here.
            "cookies": [f"{_cookie.build_set_cookie_for_new_state(state)}; SameSite=Lax"],
            "body": "",
        }

    def _installed(
        self, workspaces: Workspaces, client: tuple[str, str], event: Mapping[str, Any]
    ) -> Page:
        said = _said(event)
        self._use(said.get("state", ""), client[1], event)
        if not said.get("code"):
            raise _RefusedError("it was not allowed in Slack", _NOT_ALLOWED)
        bot = _bot_of(self._exchanged(client, said["code"]), self._clock())
        if bot.team_id not in workspaces.named:
            raise _RefusedError(f"the workspace {bot.team_id} is not named", _not_named(bot))
        workspaces.keep(bot)
        logger.info("the app was installed", extra={"team": bot.team_id})
        return Page(
            HTTPStatus.OK,
            "wellread is installed",
            (
                f"It answers in the workspace {bot.team_name} from now on.",
                "Next: in Slack, write to it under Apps, or invite it into a channel (/invite) and "
                "mention it there. You can close this page.",
            ),
        )

    def _use(self, state: str, secret: str, event: Mapping[str, Any]) -> None:
        """Use a state up, or refuse it."""
        cookies = [str(each) for each in event.get("cookies") or ()]
        nonce = _nonce_of(state, secret, self._clock())
        if not nonce or not _cookie.is_valid_browser(state, {"cookie": cookies}):
            raise _RefusedError("the state is not good", _NOT_BEGUN)
        used = ReplyRecord(MessageKey(PLATFORM, "", "", f"oauth:{nonce}"))
        try:
            self._ledger().put(done(used, self._clock()))
        except ConflictError:
            raise _RefusedError("the state was used before", _NOT_BEGUN) from None

    def _exchanged(self, client: tuple[str, str], code: str) -> dict[str, Any]:
        """What Slack gives for a code. It is asked once: the code is good for one time."""
        web = WebClient(
            base_url=self._api_url, timeout=_EXCHANGE_SECONDS, logger=_quiet, retry_handlers=[]
        )
        try:
            answer = web.oauth_v2_access(client_id=client[0], client_secret=client[1], code=code)
        except SlackApiError as error:
            raise _refused_by_slack(error) from None
        except (OSError, HTTPException, SlackClientError, ValueError):
            raise _RefusedError("Slack is away", _SLACK_AWAY) from None
        return dict(answer.data) if isinstance(answer.data, dict) else {}


def _said(event: Mapping[str, Any]) -> dict[str, str]:
    try:
        return dict(parse_qsl(str(event.get("rawQueryString") or ""), max_num_fields=20))
    except ValueError:
        return {}


def _new_state(secret: str, expires: int) -> str:
    said = f"{secrets.token_urlsafe(16)}.{expires}"
    return f"{said}.{_signature(secret, said)}"


def _nonce_of(state: str, secret: str, now: float) -> str:
    """What a state of ours that has not expired is known by; empty for all others."""
    said, _, signature = state.rpartition(".")
    given = signature.encode("utf-8", "replace")
    if not hmac.compare_digest(_signature(secret, said).encode(), given):
        return ""
    nonce, _, expires = said.partition(".")
    return nonce if now < int(expires) else ""


def _signature(secret: str, said: str) -> str:
    signed = f"wellread install {said}".encode("utf-8", "replace")
    return hmac.new(secret.encode(), signed, "sha256").hexdigest()


def _bot_of(said: Mapping[str, Any], now: float) -> Bot:
    """The bot that Slack gives.

    Raises:
        _RefusedError: It is none that can be kept.
    """
    team = said.get("team")
    if said.get("is_enterprise_install") or not isinstance(team, dict) or not team.get("id"):
        raise _RefusedError("it was for a whole organisation", _NOT_A_WORKSPACE)
    token = said.get("access_token") if said.get("token_type") == "bot" else None
    if not token or said.get("refresh_token"):
        raise _RefusedError("the token is none of a bot, or expires", _TOKEN_EXPIRES)
    return Bot(
        app_id=str(said.get("app_id") or ""),
        team_id=str(team["id"]),
        team_name=str(team.get("name") or team["id"]),
        bot_token=str(token),
        bot_id="",
        bot_user_id=str(said.get("bot_user_id") or ""),
        bot_scopes=str(said.get("scope") or ""),
        installed_at=now,
    )


def _refused_by_slack(error: SlackApiError) -> _RefusedError:
    status, code = error.response.status_code, str(error.response.get("error"))
    if status != HTTPStatus.OK or code in _AWAY:
        return _RefusedError(f"Slack is away (HTTP {status})", _SLACK_AWAY)
    why = f"Slack refuses the exchange ({code})"
    return _RefusedError(why, _CODE_REFUSED if code in _OF_CODES else _APP_REFUSED)


_OF_CODES = frozenset({"invalid_code", "code_already_used", "code_expired"})
_AWAY = frozenset({"fatal_error", "internal_error", "ratelimited", "service_unavailable"})


def _refused(status: HTTPStatus, cause: str, fix: str) -> Page:
    return Page(status, "wellread was not installed", (cause, fix))


def _not_named(bot: Bot) -> Page:
    return _refused(
        HTTPStatus.FORBIDDEN,
        f"The workspace {bot.team_name} ({bot.team_id}) is not among those that may use this "
        "knowledge base. Nothing of it was kept.",
        f"Whoever runs wellread can name its id among the workspaces; then open {INSTALL_PATH} "
        "again. Otherwise remove the app from the workspace.",
    )


_OFF = _refused(
    HTTPStatus.NOT_FOUND,
    "Installing it in several workspaces is not set up here.",
    "Whoever runs wellread finds in docs/slack.md how to.",
)
_NOT_BEGUN = _refused(
    HTTPStatus.BAD_REQUEST,
    "This address does not come from an installation that was begun in this browser within the "
    "last ten minutes, or it was used before.",
    f"Open {INSTALL_PATH} again, and follow it to its end in the same browser.",
)
_NOT_ALLOWED = _refused(
    HTTPStatus.BAD_REQUEST,
    "Slack says that it was not allowed there.",
    f"Open {INSTALL_PATH} again and choose Allow, or ask an admin of the workspace to.",
)
_CODE_REFUSED = _refused(
    HTTPStatus.BAD_REQUEST,
    "Slack does not take the code that came with this address: it was used, or is too old.",
    f"Open {INSTALL_PATH} again.",
)
_APP_REFUSED = _refused(
    HTTPStatus.BAD_GATEWAY,
    "Slack does not take what it is told of this app.",
    "Whoever runs wellread has to set the client id and secret, and the app's redirect address, to "
    "each other; the server's log says what Slack answers.",
)
_NOT_A_WORKSPACE = _refused(
    HTTPStatus.BAD_REQUEST,
    "It was installed for a whole organisation.",
    f"Open {INSTALL_PATH} again and choose one workspace of it.",
)
_TOKEN_EXPIRES = _refused(
    HTTPStatus.BAD_GATEWAY,
    "Slack gave a token that expires after some hours, or none of a bot.",
    "Whoever runs wellread has to make the app from its manifest, which has token rotation off; "
    "Slack cannot turn it off again.",
)
_SLACK_AWAY = _refused(
    HTTPStatus.BAD_GATEWAY, "Slack did not answer.", f"Open {INSTALL_PATH} again in a minute."
)
_FAILED = _refused(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "What is needed to keep an installation is away.",
    f"Open {INSTALL_PATH} again in a minute; if it stays so, the server's log says why.",
)
