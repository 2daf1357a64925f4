"""Slack's Socket Mode: what it sends comes through a WebSocket that this machine opens.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.domain.knowledge.errors import InvalidConfigurationError, WellreadError

if TYPE_CHECKING:
    from slack_sdk.socket_mode import SocketModeClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from wellread.adapters.chat.slack.front import SlackFront
    from wellread.settings import Settings

logger = logging.getLogger(__name__)

_AGAIN_SECONDS = 5.0
_CALL_SECONDS = 10
_WHAT_IS_NEEDED = (
    "An app's token begins with xapp-, has the scope connections:write, and is made under Basic "
    "Information, App-Level Tokens, of your app on https://api.slack.com/apps."
)
_OUTAGES = (
    "fatal_error",
    "internal_error",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
)
_KINDS = ("events_api", "interactive", "slash_commands")


@contextmanager
def connected(
    front: SlackFront,
    settings: Settings,
    say: Callable[[str], object],
    *,
    again_seconds: float = _AGAIN_SECONDS,
) -> Iterator[None]:
    """Take what Slack sends for as long as this lasts, whatever becomes of the connection.

    Args:
        front: Takes it.
        settings: The app's token, and where Slack is.
        say: Takes sentences that the person who runs the host should read.
        again_seconds: How long to wait where Slack cannot be reached, and between looks at the
            connection.

    Raises:
        InvalidConfigurationError: A token is missing, or refused; the message says what to do.
    """
    token = app_token(settings)
    client = _client(token, settings.slack_api_url, again_seconds)
    client.socket_mode_request_listeners.append(_listener(front))
    stop = threading.Event()
    trying: threading.Thread | None = None
    try:
        if not _opened(client, settings.slack_api_url, say):

            def try_again() -> None:
                while not stop.wait(again_seconds):
                    try:
                        if _opened(client, settings.slack_api_url, lambda _sentence: None):
                            return
                    except InvalidConfigurationError as error:
                        say(str(error))
                        return

            trying = threading.Thread(target=try_again, name="wellread-slack", daemon=True)
            trying.start()
        yield
    finally:
        stop.set()
        if trying is not None:
            trying.join(_CALL_SECONDS)
        client.close()


def app_token(settings: Settings) -> str:
    """The token that opens connections.

    Raises:
        InvalidConfigurationError: One of both tokens is missing, or another; says what to do.
    """
    if settings.slack_app_token is None:
        raise InvalidConfigurationError(
            f"WELLREAD_SLACK_APP_TOKEN is not set, which --slack needs. {_WHAT_IS_NEEDED}"
        )
    if settings.slack_bot_token is None:
        raise InvalidConfigurationError(
            "WELLREAD_SLACK_BOT_TOKEN is not set, which replies are posted with. It begins with "
            "xoxb-, and stands under OAuth & Permissions of your app on "
            "https://api.slack.com/apps once the app is installed."
        )
    token = settings.slack_app_token.get_secret_value().strip()
    if token.startswith("xoxb-"):
        raise InvalidConfigurationError(
            f"WELLREAD_SLACK_APP_TOKEN is the token of a bot. {_WHAT_IS_NEEDED}"
        )
    return token


def _client(token: str, api_url: str, seconds: float) -> SocketModeClient:
    from slack_sdk import WebClient
    from slack_sdk.socket_mode import SocketModeClient

    # By its own logger the SDK says every message at DEBUG.
    quiet = logging.getLogger(f"{__name__}.sdk")
    quiet.setLevel(logging.WARNING)
    web = WebClient(base_url=api_url, timeout=_CALL_SECONDS, retry_handlers=[], logger=quiet)
    return SocketModeClient(token, logger=quiet, web_client=web, ping_interval=seconds)


def _opened(client: SocketModeClient, api_url: str, say: Callable[[str], object]) -> bool:
    """Whether a connection was opened. Once one was, the SDK sees to it that there always is one.

    Raises:
        InvalidConfigurationError: Slack refuses the token.
    """
    from slack_sdk.errors import SlackApiError

    try:
        client.connect()
    except SlackApiError as error:
        code = error.response.get("error")
        if error.response.status_code != HTTPStatus.OK or code in _OUTAGES:
            say(f"Slack does not answer at {api_url}; it is tried again until it does.")
            return False
        raise InvalidConfigurationError(
            f"Slack refuses WELLREAD_SLACK_APP_TOKEN ({code}). {_WHAT_IS_NEEDED} Socket Mode "
            "has to be switched on for the app."
        ) from error
    except Exception:
        # The SDK lets through whatever the network raised.
        logger.warning("Slack cannot be reached", exc_info=True)
        say(f"Slack cannot be reached at {api_url}; it is tried again until it can.")
        return False
    return True


def _listener(
    front: SlackFront,
) -> Callable[[BaseSocketModeClient, SocketModeRequest], None]:
    from slack_sdk.socket_mode.response import SocketModeResponse

    def take(client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        answer: dict[str, Any] | None = None
        try:
            if request.type in _KINDS:
                answer = front.take(Fields(request.payload))
        except MalformedError as error:
            logger.info("refused what Slack sent", extra={"why": str(error)})
        except WellreadError:
            return  # Not acknowledged: Slack sends it again.
        client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=answer)
        )

    return take
