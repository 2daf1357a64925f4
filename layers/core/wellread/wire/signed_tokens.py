"""Words that can be passed around and not changed: signed, with what they are for.

A token is one word of letters, digits, "-" and "_", fit for an address.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable

_MOST_READ = 8_000
_SIGNATURE_BYTES = 32


class InvalidTokenError(Exception):
    """Nothing that was signed with the key."""


class SignedTokens:
    """Signs and reads tokens of one purpose; those of another do not fit."""

    def __init__(self, purpose: str, key: Callable[[str | None], str]) -> None:
        """Sign with a key.

        Args:
            purpose: Stands in every signature.
            key: Gives what is signed with; a key that did not fit is looked for anew.
        """
        self._purpose = f"wellread {purpose} 1\0".encode()
        self._key = key

    def token(self, said: bytes) -> str:
        """Something, signed."""
        return _encoded(self._signature(self._key(None), said) + said)

    def said(self, token: str) -> bytes:
        """What was signed.

        Raises:
            InvalidTokenError: It was not signed with the key, for this purpose.
        """
        if len(token) > _MOST_READ:
            raise InvalidTokenError
        try:
            given = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (UnicodeEncodeError, binascii.Error):
            raise InvalidTokenError from None
        signature, said = given[:_SIGNATURE_BYTES], given[_SIGNATURE_BYTES:]
        if _encoded(given) != token or not self._fits(signature, said):
            raise InvalidTokenError
        return said

    def _fits(self, signature: bytes, said: bytes) -> bool:
        key = self._key(None)
        if hmac.compare_digest(signature, self._signature(key, said)):
            return True
        other = self._key(key)
        return other != key and hmac.compare_digest(signature, self._signature(other, said))

    def _signature(self, key: str, said: bytes) -> bytes:
        return hmac.digest(key.encode(), self._purpose + said, "sha256")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
