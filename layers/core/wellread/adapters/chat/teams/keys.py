"""The keys that tokens of the Bot Connector are signed with.

Source:
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import json
import logging
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urljoin

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from wellread.domain.knowledge.errors import TransientError
from wellread.ports.operations import Clock

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0
"""So old may keys be before they are fetched anew; Microsoft tells of new ones days before."""

KEPT_SECONDS = 86_400.0
"""So old they may be while no newer ones can be had."""

AGAIN_SECONDS = 30.0
"""A key that was not there is not looked for again before."""

FAILED_SECONDS = 5.0
"""Nor is anything after a failure; while there are no keys at all, one second."""

MOST_TOGETHER = 20
"""Fetches at a moment, for however many keys that are not there; then one in each second."""

CHANNEL = "msteams"

_FETCH_SECONDS = 3.0
_MAX_BYTES = 1 << 20
_MAX_KEYS = 200
_MAX_UNKNOWN = 1000
_LEAST_BITS = 2048


class ConnectorKeys:
    """The keys, by their ids, as they were an hour ago at most.

    A token may name a key that is new, or one that somebody made up. So a key that is not known is
    looked for, each at most every `AGAIN_SECONDS`; those that are made up delay no other one.
    """

    def __init__(
        self,
        openid_url: str,
        *,
        clock: Clock,
        fetch: Callable[[str], bytes] | None = None,
    ) -> None:
        """Fetch nothing yet.

        Args:
            openid_url: The address of the OpenID document, beside which the keys are.
            clock: The time.
            fetch: Gives what is at an address; by HTTP where not given.
        """
        self._url = urljoin(openid_url, "keys")
        self._clock = clock
        self._fetch = fetch or _fetched
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._unknown: dict[str, float] = {}
        self._failed_at = float("-inf")
        self._allowed, self._counted_at = float(MOST_TOGETHER), clock()

    def key(self, kid: str) -> RSAPublicKey | None:
        """A key; None where there is no such one.

        Raises:
            TransientError: No keys can be had.
        """
        now = self._clock()
        held = self._held
        if held is None or kid not in held.keys or now - held.at > FRESH_SECONDS:
            with self._lock:
                # Whoever waited for another's fetch has what that brought.
                if self._held is held and self._may_fetch(kid, now):
                    self._renew(kid, now)
        held = self._held
        if held is None or now - held.at > KEPT_SECONDS:
            raise TransientError("The keys of Microsoft's tokens cannot be had.")
        return held.keys.get(kid)

    def _may_fetch(self, kid: str, now: float) -> bool:
        if now - self._failed_at < (FAILED_SECONDS if self._held else 1.0):
            return False
        if now - self._unknown.get(kid, float("-inf")) < AGAIN_SECONDS:
            return False
        gained = max(0.0, now - self._counted_at)
        self._allowed = min(float(MOST_TOGETHER), self._allowed + gained)
        self._counted_at = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True

    def _renew(self, kid: str, now: float) -> None:
        try:
            keys = _keys_of(json.loads(self._fetch(self._url)))
        except (OSError, HTTPException, ValueError, TypeError, RecursionError) as error:
            logger.warning("keys cannot be fetched", extra={"why": type(error).__name__})
            self._failed_at = self._clock()
            return
        self._held = _Held(now, keys)
        if kid not in keys:
            self._unknown.pop(kid, None)
            self._unknown[kid] = now
            if len(self._unknown) > _MAX_UNKNOWN:
                del self._unknown[next(iter(self._unknown))]


@dataclass(frozen=True, slots=True)
class _Held:
    at: float
    keys: Mapping[str, RSAPublicKey]


def _keys_of(document: object) -> dict[str, RSAPublicKey]:
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise TypeError("the document has no keys")
    found = {}
    for each in listed[:_MAX_KEYS]:
        key = _key_of(each) if isinstance(each, dict) else None
        if key is not None:
            found[str(each.get("kid"))] = key
    return found


def _key_of(jwk: dict[str, Any]) -> RSAPublicKey | None:
    """The key of a JSON Web Key, where it is one that Teams' requests may be signed with."""
    endorsed = jwk.get("endorsements")
    ours = endorsed is None or (isinstance(endorsed, list) and CHANNEL in endorsed)
    if jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig" or not jwk.get("kid") or not ours:
        return None
    try:
        key = jwt.PyJWK(jwk, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_BITS else None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is elsewhere is not what the settings name."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _fetched(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise ValueError("the address is none of HTTP")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310
    with urllib.request.build_opener(_NoRedirects).open(request, timeout=_FETCH_SECONDS) as answer:
        return bytes(answer.read(_MAX_BYTES))
