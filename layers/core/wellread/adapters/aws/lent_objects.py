"""Objects by presigned addresses, with nothing but the standard library.

The function that uses this has no permission of its own to any object, and no need of an SDK.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from wellread.domain.ingest.lending import LendingError

_SECONDS = 20.0
"""Of silence, after which a connection counts as broken."""

_LONGEST_ERROR_BYTES = 4096
_CODE = re.compile(rb"<Code>([A-Za-z.]{1,64})</Code>")


class PresignedObjects:
    """Port `LentObjects`: one connection an object, to no other places than those that are named.

    No redirect is followed and no proxy asked.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        """Talk to these places only.

        Args:
            origins: Each a scheme and a host with its port, where that is another than the
                scheme's: "https://bucket.s3.eu-central-1.amazonaws.com".
        """
        self._origins = frozenset(origins)

    def get(self, address: str, size: int) -> bytes:
        with self._asked("GET", address) as answer:
            if answer.getheader("Content-Length") != str(size):
                raise LendingError(answer.status, "OtherSize")
            data = answer.read(size)
        if len(data) != size:
            raise LendingError(0, "CutOff")
        return data

    def put(self, address: str, data: bytes) -> None:
        # The header is part of what was signed: without it, or a second time, S3 refuses.
        with self._asked("PUT", address, data, {"If-None-Match": "*"}):
            pass

    @contextmanager
    def _asked(
        self,
        method: str,
        address: str,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[http.client.HTTPResponse]:
        connection, path = self._connection(address)
        try:
            connection.request(method, path, data, dict(headers or {}))
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                found = _CODE.search(answer.read(_LONGEST_ERROR_BYTES))
                raise LendingError(answer.status, found[1].decode() if found else "unknown")
            yield answer
        except (OSError, http.client.HTTPException) as error:
            raise LendingError(0, type(error).__name__) from None
        finally:
            connection.close()

    def _connection(self, address: str) -> tuple[http.client.HTTPConnection, str]:
        """A connection that is not open yet, and what to ask for on it."""
        try:
            parts = urlsplit(address)
        except ValueError:
            raise LendingError(0, "OtherPlace") from None
        origin = f"{parts.scheme}://{parts.netloc}"
        # Compared as it is written: what only means the same place is another one here.
        if origin not in self._origins or not address.startswith(f"{origin}/"):
            raise LendingError(0, "OtherPlace")
        path = address.removeprefix(origin)
        if parts.scheme == "https":
            secure = ssl.create_default_context()
            return http.client.HTTPSConnection(parts.netloc, timeout=_SECONDS, context=secure), path
        return http.client.HTTPConnection(parts.netloc, timeout=_SECONDS), path
