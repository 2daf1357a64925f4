"""Links that open one revision of one document for whoever has them, until they expire.

A link carries what it opens and for whose eyes that is, signed: nothing of it can be changed, and
nothing is kept of it.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from wellread.domain.access.scope import Scope
from wellread.domain.ask.links import Links
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.wire.signed_tokens import InvalidTokenError, SignedTokens

PATH = "/signed/"
"""Below the address of the API; nothing else is below it."""

LIFETIME_SECONDS = 7 * 86_400.0
QUOTE_CHARACTERS = 200
"""Longer quotes are cut: a link must leave room for others in one message."""

_MOST_WRITTEN = 1_500


class InvalidLinkError(Exception):
    """Nothing that was signed with the key."""


class ExpiredLinkError(Exception):
    """What was signed is too old."""


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a link says.

    Attributes:
        quote: The words to open at, or how they begin.
        at: Offset where they start, where they stand more than once.
        scope: Whose eyes the reply was for that the link stands in.
        until: When it expires, seconds since the epoch.
    """

    document: DocumentId
    revision: RevisionId
    quote: str | None
    at: int | None
    scope: Scope
    until: float


class SignedLinks:
    """Writes links, and reads them."""

    def __init__(
        self, address: str, key: Callable[[str | None], str], clock: Callable[[], float]
    ) -> None:
        """Write links below an address.

        Args:
            address: Of the API, with or without "/" at its end.
            key: Gives what they are signed with; a key that did not fit is looked for anew.
            clock: The time.
        """
        self._below = address.rstrip("/") + PATH
        self._tokens = SignedTokens("link", key)
        self._clock = clock

    def of(self, scope: Scope) -> Links:
        """The links of replies that these viewers see."""
        viewers = _deciding(scope)

        def link(
            document: DocumentId,
            revision: RevisionId,
            quote: str | None = None,
            at: int | None = None,
        ) -> str:
            said = SignedLink(
                document,
                revision,
                quote[:QUOTE_CHARACTERS] if quote else None,
                at,
                viewers,
                self._clock() + LIFETIME_SECONDS,
            )
            fragment = "#quote" if quote else ""
            return f"{self._below}{self._written(said)}{fragment}"

        return link

    def read(self, token: str) -> SignedLink:
        """What the link that ends in this says.

        Raises:
            InvalidLinkError: It was not signed with the key.
            ExpiredLinkError: It was, too long ago.
        """
        try:
            packed = self._tokens.said(token)
        except InvalidTokenError:
            raise InvalidLinkError from None
        link = _unpacked(packed)
        if not self._clock() < link.until:
            raise ExpiredLinkError
        return link

    def _written(self, link: SignedLink) -> str:
        """The link's last part; of one that is too long its quote is left out, then viewers.

        For many different viewers stands one who has what all of them have, and so sees less.
        """
        common = frozenset.intersection(*link.scope.viewers) if link.scope.viewers else None
        strict = Scope(frozenset({common})) if common is not None else link.scope
        for shorter in (link, replace(link, quote=None), replace(link, quote=None, scope=strict)):
            token = self._tokens.token(_packed(shorter))
            if len(token) <= _MOST_WRITTEN:
                break
        return token


def _deciding(scope: Scope) -> Scope:
    """The viewers on whom it depends what all of them may see: nobody has less than another."""
    least = (v for v in scope.viewers if not any(other < v for other in scope.viewers))
    return Scope(frozenset(least))


def _packed(link: SignedLink) -> bytes:
    said = {
        "d": link.document,
        "r": link.revision,
        "q": link.quote,
        "a": link.at,
        "v": sorted(map(sorted, link.scope.viewers)),
        "u": math.floor(link.until),
    }
    return zlib.compress(json.dumps(said, separators=(",", ":")).encode("ascii"), 9)


def _unpacked(packed: bytes) -> SignedLink:
    """What was packed here: it is read only once its signature fits."""
    said: dict[str, Any] = json.loads(zlib.decompress(packed))
    viewers = frozenset(frozenset(viewer) for viewer in said["v"])
    return SignedLink(
        DocumentId(said["d"]),
        RevisionId(said["r"]),
        said["q"],
        said["a"],
        Scope(viewers),
        said["u"],
    )
