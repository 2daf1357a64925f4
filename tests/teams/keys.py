"""The keys that incoming tokens are signed with, and such tokens.

Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from tests.teams.state import CLIENT_ID

ISSUER = "https://api.botframework.com"


_making = threading.Lock()


def key_of(kid: str) -> RSAPrivateKey:
    """The private key with an id: the same one for all threads."""
    with _making:
        return _key(kid)


@cache
def _key(kid: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def jwks(kids: list[str]) -> dict[str, Any]:
    """The public keys with these ids, as they are served."""
    keys = []
    for kid in kids:
        public = RSAAlgorithm.to_jwk(key_of(kid).public_key(), as_dict=True)
        more = {"kid": kid, "use": "sig", "alg": "RS256", "endorsements": ["msteams"]}
        keys.append({**public, **more})
    return {"keys": keys}


def signed(service_url: str, kid: str = "key-1", **claims: Any) -> str:
    """A token for an activity with this service URL; a claim that is None is left out."""
    now = int(time.time())
    all_claims = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "serviceurl": service_url,
        **claims,
    }
    held = {name: value for name, value in all_claims.items() if value is not None}
    return jwt.encode(held, key_of(kid), "RS256", headers={"kid": kid})
