"""Signature Version 4 as the service checks it.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html
(x-amz-content-sha256 must be there, content-length must not be signed, the service is `aoss`) and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)"
    r"/(?P<service>[a-z0-9-]+)/aws4_request, ?SignedHeaders=(?P<signed>[a-z0-9;-]+)"
    r", ?Signature=(?P<signature>[0-9a-f]{64})"
)
_REQUIRED = ("host", "x-amz-content-sha256", "x-amz-date")
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Credentials that may ask. A session's token, where it is known, must be the one sent."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature covers.

    Attributes:
        path: As sent, percent-encoded, without the query string.
        headers: Names in lower case.
        body: As sent, compressed where it was.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """Who may ask.

    Attributes:
        key_pairs: By access key.
        region: The only one that is right; None for any.
    """

    key_pairs: Mapping[str, KeyPair]
    region: str | None = None

    def fault(self, request: SignedRequest, now: datetime | None = None) -> str | None:
        """What is wrong with a request's signature; None where nothing is."""
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return "no Signature Version 4 in the header Authorization"
        signed = found["signed"].split(";")
        return (
            self._scope_fault(found)
            or _headers_fault(request, signed)
            or _date_fault(request.headers["x-amz-date"], found["day"], now or datetime.now(UTC))
            or self._key_fault(request, found, signed)
        )

    def _scope_fault(self, found: re.Match[str]) -> str | None:
        if found["service"] != "aoss":
            return f"signed for the service {found['service']}, not aoss"
        if self.region is not None and found["region"] != self.region:
            return f"signed for the region {found['region']}, not {self.region}"
        return None

    def _key_fault(
        self, request: SignedRequest, found: re.Match[str], signed: Sequence[str]
    ) -> str | None:
        pair = self.key_pairs.get(found["key"])
        if pair is None:
            return "no such access key"
        if pair.token is not None and request.headers.get("x-amz-security-token") != pair.token:
            return "not the session's token"
        right = _signature(request, found, signed, pair.secret_key)
        return None if hmac.compare_digest(right, found["signature"]) else "signature differs"


def _headers_fault(request: SignedRequest, signed: Sequence[str]) -> str | None:
    if "content-length" in signed:
        return "content-length is signed"
    must = [*_REQUIRED, *(name for name in request.headers if name.startswith("x-amz-"))]
    for name in must:
        if name not in request.headers or name not in signed:
            return f"{name} is missing or not signed"
    for name in signed:
        if name not in request.headers:
            return f"{name} is signed but missing"
    if list(signed) != sorted(set(signed)):
        return "the signed headers are not in order"
    if request.headers["x-amz-content-sha256"] != hashlib.sha256(request.body).hexdigest():
        return "x-amz-content-sha256 is not the body's hash"
    return None


def _date_fault(sent: str, day: str, now: datetime) -> str | None:
    try:
        when = datetime.strptime(sent, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return "x-amz-date is no date"
    if not sent.startswith(day):
        return "x-amz-date is of another day than the credential's scope"
    return None if abs(now - when) <= _SKEW else "the request's time is too far from now"


def _signature(
    request: SignedRequest, found: re.Match[str], signed: Sequence[str], secret: str
) -> str:
    canonical = "\n".join(
        (
            request.method.upper(),
            quote(request.path or "/", safe="/~"),
            _canonical_query(request.query),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in signed),
            "",
            ";".join(signed),
            request.headers["x-amz-content-sha256"],
        )
    )
    scope = (found["day"], found["region"], found["service"], "aws4_request")
    to_sign = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            request.headers["x-amz-date"],
            "/".join(scope),
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()


def _canonical_query(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return "&".join(sorted(f"{_encoded(name)}={_encoded(value)}" for name, _, value in pairs))


def _encoded(piece: str) -> str:
    return quote(unquote(piece), safe="-_.~")
