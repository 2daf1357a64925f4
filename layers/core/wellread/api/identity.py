"""Who calls, from what API Gateway says about it; never from what the caller says."""

from __future__ import annotations

import binascii
import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from wellread.services.access.callers import Bearer, Caller, Established, Principal

_SINGLE = re.compile(r"\[([^\s,]+)\]")
_ROLE_SESSION = re.compile(r"arn:([^:]*):sts:[^:]*:([^:]*):assumed-role/([^/]*)(?:/.*)?", re.DOTALL)


def caller_of(event: Mapping[str, Any], now: float) -> Caller:
    """The caller of an HTTP API's event, payload 2.0.

    `requestContext.authorizer` is API Gateway's own part of the event: `jwt` after a JWT
    authorizer, `iam` after a verified signature, `lambda` after a Lambda authorizer (as which the
    laptop host puts in its one person). The bearer of a token that has expired, or never does, is
    nobody: API Gateway lets a token without `exp` in.

    Args:
        event: What API Gateway sent.
        now: The moment, in seconds since 1970.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    context = _mapping(event.get("requestContext"))
    authorizer = _mapping(context.get("authorizer"))
    address = _mapping(context.get("http")).get("sourceIp")
    return Caller(
        _established(_mapping(authorizer.get("lambda")))
        or _bearer(_mapping(authorizer.get("jwt")), _mapping(event.get("headers")), now)
        or _principal(_mapping(authorizer.get("iam"))),
        address if isinstance(address, str) else "",
    )


def _established(said: Mapping[str, Any]) -> Established | None:
    asker, audiences = said.get("asker"), said.get("audiences")
    if not isinstance(asker, str) or not asker or not isinstance(audiences, list):
        return None
    return Established(asker, frozenset(str(audience) for audience in audiences))


def _bearer(said: Mapping[str, Any], headers: Mapping[str, Any], now: float) -> Bearer | None:
    claims = _mapping(said.get("claims"))
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        return None
    if not now < _moment(claims.get("exp")) < math.inf:
        return None
    token = _payload(headers.get("authorization"))
    return Bearer(
        issuer, subject, {name: _values(claims[name], token.get(name)) for name in claims}
    )


def _moment(claim: object) -> float:
    """When a token expires, which API Gateway writes as text; long ago where it is no moment."""
    if isinstance(claim, bool) or not isinstance(claim, (str, int, float)):
        return -math.inf
    try:
        return float(claim)
    except (ValueError, OverflowError):
        return -math.inf


def _payload(header: object) -> Mapping[str, Any]:
    """What the request's own token says; empty where that cannot be read. It proves nothing."""
    parts = header.split(".") if isinstance(header, str) else ()
    if len(parts) != 3:
        return {}
    try:
        return _mapping(json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))))
    except (binascii.Error, ValueError, RecursionError):
        return {}


def _values(written: object, sent: object) -> frozenset[str]:
    """The values of a claim that API Gateway has verified.

    API Gateway writes lists as "[a b]", from which nobody can tell ["a", "b"] from ["a b"]. The
    token knows, and is believed only in this: where its list, so written, is that very text.
    Without that, a list written as one text counts only where it has one value.

    Args:
        written: As API Gateway hands the claim over.
        sent: The claim as it stands in the request's token, None where that cannot be read.
    """
    if isinstance(sent, list) and all(isinstance(value, (str, int)) for value in sent):
        values = [str(value) for value in sent]
        if written == f"[{' '.join(values)}]":
            return frozenset(values)
    if isinstance(written, str):
        single = _SINGLE.fullmatch(written) if written != sent else None
        return frozenset({written, single[1]} if single else {written})
    if isinstance(written, Sequence):
        return frozenset(str(value) for value in written if isinstance(value, (str, int)))
    return frozenset() if written is None else frozenset({str(written)})


def _principal(said: Mapping[str, Any]) -> Principal | None:
    arn, unique = said.get("userArn"), said.get("callerId") or said.get("userId")
    if not (isinstance(arn, str) and arn and isinstance(unique, str) and unique):
        return None
    # All whom one Cognito identity pool lets in share a role and its session's name.
    pooled = _mapping(said.get("cognitoIdentity")).get("identityId")
    return Principal(_arns(arn), f"{unique}#{pooled}" if pooled else unique)


def _arns(arn: str) -> frozenset[str]:
    """The ARNs of a principal: of a role's session the role's too, which a rule may name."""
    session = _ROLE_SESSION.fullmatch(arn)
    if session is None:
        return frozenset({arn})
    partition, account, role = session.groups()
    return frozenset({arn, f"arn:{partition}:iam::{account}:role/{role}"})


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
