"""Files that people shared in a chat, fetched from their platform's own hosts and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, InvalidURL
from pathlib import PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from wellread.domain.chat.events import SharedFile
from wellread.domain.knowledge.errors import DocumentError, FailureCode, TransientError

_SECONDS = 30.0
_PIECE_BYTES = 1 << 16
_PAGES = frozenset((".htm", ".html", ".xhtml"))


@dataclass(frozen=True, slots=True)
class Fetching:
    """How files of one platform are fetched.

    Attributes:
        platform: Its name, for people.
        give_again: What a person can do about a file that cannot be had.
        has: Whether an address is the platform's.
        may_lead: Whether what is sent to the first address may go on to the other one.
        bearer: Gives the token that goes along, and nowhere else; none where there is no token.
    """

    platform: str
    give_again: str
    has: Callable[[str], bool]
    may_lead: Callable[[str, str], bool]
    bearer: Callable[[], str] | None = None

    def fetch(self, file: SharedFile, most: int) -> bytes:
        """A file's content; raises as `ChatFiles.fetch`."""
        if file.problem:
            raise self.unreadable(file.problem)
        if not self.has(file.url):
            raise self.unreadable(f"{self.platform} does not store the file itself.")
        if file.size > most:
            raise DocumentError(FailureCode.TOO_LARGE)
        request = Request(file.url)  # noqa: S310 - only the platform's own addresses, over http(s)
        if self.bearer is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self.bearer()}")
        try:
            with build_opener(_OnlyThere(self)).open(request, timeout=_SECONDS) as response:
                content = _read(response, most)
                kind = response.headers.get_content_type()
        except HTTPError as error:
            error.close()
            if error.code == 429 or error.code >= 500:
                raise self._away(f"HTTP {error.code}") from error
            raise self.unreadable(
                f"{self.platform} no longer serves the file to the bot."
            ) from error
        except (ValueError, InvalidURL) as error:
            raise self.unreadable("The file has no address that could be opened.") from error
        except (OSError, HTTPException) as error:
            raise self._away(type(error).__name__) from error
        if kind == "text/html" and not _is_page(file, content):
            words = "asks to sign in instead of serving the file to the bot."
            raise self.unreadable(f"{self.platform} {words}")
        return content

    def unreadable(self, reason: str) -> DocumentError:
        """That a file cannot be had, why, and what to do."""
        return DocumentError(FailureCode.UNREADABLE, reason, self.give_again)

    def _away(self, why: str) -> TransientError:
        return TransientError(f"{self.platform} did not serve a file ({why}).")


class _OnlyThere(HTTPRedirectHandler):
    """Follows only to the platform, and takes the token along there."""

    def __init__(self, fetching: Fetching) -> None:
        self._fetching = fetching

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if not self._fetching.may_lead(req.full_url, newurl):
            fp.close()
            words = f"{self._fetching.platform} does not store the file itself."
            raise self._fetching.unreadable(words)
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        token = req.get_header("Authorization")
        if found is not None and token:
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
    """Whether a page is the file, and not what is shown to whoever may not have it."""
    is_named = PurePosixPath(file.name.lower()).suffix in _PAGES
    return is_named and (not file.size or len(content) == file.size)
