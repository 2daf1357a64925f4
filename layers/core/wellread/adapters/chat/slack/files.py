"""Files that people shared in Slack, fetched with the bot's token, which goes nowhere else.

Source: https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

from dataclasses import replace
from http.client import HTTPException, InvalidURL
from pathlib import PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.adapters.chat.slack.fields import Fields
from wellread.adapters.chat.slack.shared_files import CLOSED, GONE, NOWHERE, shared_file
from wellread.adapters.chat.slack.web import FATAL, RefusedError, SlackWeb
from wellread.domain.chat.events import SharedFile
from wellread.domain.knowledge.errors import DocumentError, FailureCode, TransientError

_SECONDS = 30.0
_PIECE_BYTES = 1 << 16
_PAGES = frozenset((".htm", ".html", ".xhtml"))
_GIVE_AGAIN = "Share the file with the bot again, as a file that is stored in this workspace."


class SlackFiles:
    """`ChatFiles` of Slack."""

    def __init__(self, web: SlackWeb, addresses: SlackAddresses) -> None:
        """Fetch with this client's token, from these addresses alone."""
        self._web = web
        self._addresses = addresses

    def described(self, team: str, file: SharedFile) -> SharedFile:
        del team  # the token is of one
        if file.url or file.problem:
            return file
        try:
            answer = self._web.call("files.info", file=file.id)
        except RefusedError as error:
            if error.code in FATAL:
                raise
            gone = error.code in ("file_not_found", "file_deleted")
            return replace(file, problem=GONE if gone else CLOSED)
        found = Fields(answer.get("file"))
        told = shared_file(found) if found.has("id") else file
        return told if told.url or told.problem else replace(told, problem=NOWHERE)

    def fetch(self, team: str, file: SharedFile, most: int) -> bytes:
        del team  # the token is of one
        if file.problem:
            raise DocumentError(FailureCode.UNREADABLE, file.problem, _GIVE_AGAIN)
        if not self._addresses.has(file.url):
            raise _unreadable("Slack does not store the file itself.")
        if file.size > most:
            raise DocumentError(FailureCode.TOO_LARGE)
        request = Request(file.url)  # noqa: S310 - only Slack's own addresses, over http(s)
        request.add_unredirected_header("Authorization", f"Bearer {self._web.bearer()}")
        opener = build_opener(_OnlyToSlack(self._addresses))
        try:
            with opener.open(request, timeout=_SECONDS) as response:
                content = _read(response, most)
                kind = response.headers.get_content_type()
        except HTTPError as error:
            error.close()
            if error.code == 429 or error.code >= 500:
                raise TransientError(f"Slack did not serve a file (HTTP {error.code}).") from error
            raise _unreadable("Slack no longer serves the file to the bot.") from error
        except (ValueError, InvalidURL) as error:
            raise _unreadable("The file has no address that could be opened.") from error
        except (OSError, HTTPException) as error:
            raise TransientError(f"Slack did not serve a file ({type(error).__name__}).") from error
        if kind == "text/html" and not _is_page(file, content):
            raise _unreadable("Slack asks to sign in instead of serving the file to the bot.")
        return content


class _OnlyToSlack(HTTPRedirectHandler):
    """Follows only to Slack, and takes the token along there."""

    def __init__(self, addresses: SlackAddresses) -> None:
        self._addresses = addresses

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if not self._addresses.may_lead(req.full_url, newurl):
            fp.close()
            raise _unreadable("Slack does not store the file itself.")
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None:
            token = req.get_header("Authorization") or ""
            found.add_unredirected_header("Authorization", token)
        return found


def _read(response: Any, most: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read(_PIECE_BYTES):
        size += len(piece)
        if size > most:
            raise DocumentError(FailureCode.TOO_LARGE)
        pieces.append(piece)
    return b"".join(pieces)


def _is_page(file: SharedFile, content: bytes) -> bool:
    """Whether a page is the file, and not what Slack shows to whoever may not have it."""
    is_named = PurePosixPath(file.name.lower()).suffix in _PAGES
    return is_named and (not file.size or len(content) == file.size)


def _unreadable(reason: str) -> DocumentError:
    return DocumentError(FailureCode.UNREADABLE, reason, _GIVE_AGAIN)
