"""Tokens that requests of the Bot Connector come with: refused, or known to be Microsoft's.

Source:
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from typing import Any

import jwt

from wellread.adapters.chat.requests import RefusedError
from wellread.adapters.chat.teams.keys import ConnectorKeys

ISSUER = "https://api.botframework.com"
ALGORITHM = "RS256"

AHEAD_SECONDS = 300.0
"""So far may the clock be ahead of ours that says from when a token holds."""

_BEARER = re.compile(r"[Bb]earer ([\w-]{1,4000}\.[\w-]{1,8000}\.[\w-]{1,2000})", re.ASCII)
_LONGEST_KID = 200
_JWS = jwt.PyJWS()


def verified(authorization: str, keys: ConnectorKeys, client_id: str, now: float) -> dict[str, Any]:
    """The claims of a token that Microsoft made for this bot and that holds now.

    What the token itself says against it is seen before any key is looked for.

    Args:
        authorization: The header.
        keys: Those that Microsoft signs with.
        client_id: The bot's.
        now: Seconds since the epoch.

    Raises:
        RefusedError: It is no such token.
        TransientError: It cannot be learnt now whether it is.
    """
    sent = _BEARER.fullmatch(authorization)
    if sent is None:
        raise _refused("there is no token")
    token = sent[1]
    try:
        kid = _kid_of(jwt.get_unverified_header(token))
        _check(_claims_of(_JWS.decode(token, options={"verify_signature": False})), client_id, now)
        key = keys.key(kid)
        if key is None:
            raise _refused("the key is none of Microsoft's")
        return _claims_of(_JWS.decode(token, key, algorithms=[ALGORITHM]))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise _refused(f"no valid token: {type(error).__name__}") from None


def _kid_of(header: dict[str, Any]) -> str:
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or "crit" in header or "b64" in header:
        raise _refused("the token is signed in another way")
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_KID:
        raise _refused("the token names no key")
    return kid


def _claims_of(payload: object) -> dict[str, Any]:
    claims = json.loads(payload) if isinstance(payload, bytes) else None
    if not isinstance(claims, dict):
        raise _refused("the token has no claims")
    return claims


def _check(claims: dict[str, Any], client_id: str, now: float) -> None:
    if claims.get("iss") != ISSUER:
        raise _refused("the token is of another issuer")
    if claims.get("aud") != client_id:
        raise _refused("the token is for another bot")
    if not _time(claims.get("exp")) > now:
        raise _refused("the token has expired")
    if "nbf" in claims and not _time(claims["nbf"]) <= now + AHEAD_SECONDS:
        raise _refused("the token does not hold yet")
    if not isinstance(claims.get("serviceurl"), str):
        raise _refused("the token names no serviceUrl")


def _time(claim: object) -> float:
    """A time, seconds since the epoch; not a number where it is none, which is not compared."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return math.nan
    try:
        return float(claim) if math.isfinite(claim) else math.nan
    except OverflowError:
        return math.nan


def _refused(why: str) -> RefusedError:
    return RefusedError(HTTPStatus.UNAUTHORIZED, why)
