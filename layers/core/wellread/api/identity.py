"""Who calls, from what API Gateway says about it; never from what the caller says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wellread.services.callers import Bearer, Caller, Established, Principal


def caller_of(event: Mapping[str, Any]) -> Caller:
    """The caller of an HTTP API's event, payload 2.0.

    `requestContext.authorizer` is API Gateway's own part of the event: `jwt` after a JWT
    authorizer, `iam` after a verified signature, `lambda` after a Lambda authorizer (as which the
    laptop host puts in its one person).

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    context = _mapping(event.get("requestContext"))
    authorizer = _mapping(context.get("authorizer"))
    address = _mapping(context.get("http")).get("sourceIp")
    return Caller(
        _established(_mapping(authorizer.get("lambda")))
        or _bearer(_mapping(authorizer.get("jwt")))
        or _principal(_mapping(authorizer.get("iam"))),
        address if isinstance(address, str) else "",
    )


def _established(said: Mapping[str, Any]) -> Established | None:
    asker, audiences = said.get("asker"), said.get("audiences")
    if not isinstance(asker, str) or not asker or not isinstance(audiences, list):
        return None
    return Established(asker, frozenset(str(audience) for audience in audiences))


def _bearer(said: Mapping[str, Any]) -> Bearer | None:
    claims = _mapping(said.get("claims"))
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and issuer and isinstance(subject, str) and subject):
        return None
    return Bearer(issuer, subject, claims)


def _principal(said: Mapping[str, Any]) -> Principal | None:
    arn, unique = said.get("userArn"), said.get("callerId") or said.get("userId")
    if not (isinstance(arn, str) and arn and isinstance(unique, str) and unique):
        return None
    # All whom one Cognito identity pool lets in share a role and its session's name.
    pooled = _mapping(said.get("cognitoIdentity")).get("identityId")
    return Principal(arn, f"{unique}#{pooled}" if pooled else unique)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
