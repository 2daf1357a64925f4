"""Requests of Teams', as API Gateway hands them to the function: with the tokens they come with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt

from tests.slack_requests import gateway_event
from tests.teams.keys import ISSUER, jwks, key_of, signed
from tests.teams.state import CLIENT_ID

TENANT = "0a1b2c3d-0000-4000-8000-00000000ac3e"
SERVICE_URL = "https://smba.example.com/emea/"
BOT = f"28:{CLIENT_ID}"
ANN, ANNS_ACCOUNT = "7a0e5a5e-0000-4000-8000-000000000a11", "29:1aNN-ann"
PERSONAL, GROUP, CHANNEL = "a:1ann", "19:group@thread.v2", "19:lab@thread.tacv2"
KNOWN = "key-1"


@dataclass
class Keys:
    """What serves the connector's keys, and counts how often it was asked."""

    kids: list[str] = field(default_factory=lambda: [KNOWN])
    fetched: int = 0
    away: bool = False

    def __call__(self, url: str) -> bytes:
        self.fetched += 1
        if self.away:
            raise OSError("the keys are away")
        return json.dumps(jwks(self.kids)).encode()


def activity(kind: str = "message", at: str = PERSONAL, **changes: Any) -> dict[str, Any]:
    """Something that Ann does; a field that is None is left out."""
    kinds = {PERSONAL: "personal", CHANNEL: "channel"}
    where = kinds.get(at.partition(";")[0], "groupChat")
    data: dict[str, Any] = {"tenant": {"id": TENANT}}
    if where == "channel":
        data |= {"team": {"id": "19:team@thread.tacv2"}, "channel": {"id": CHANNEL}}
    made = {
        "type": kind,
        "id": "1700000000001",
        "channelId": "msteams",
        "serviceUrl": SERVICE_URL,
        "from": {"id": ANNS_ACCOUNT, "name": "Ann", "aadObjectId": ANN},
        "recipient": {"id": BOT, "name": "wellread"},
        "conversation": {"id": at, "conversationType": where, "tenantId": TENANT},
        "channelData": data,
        "text": "How long may a book be borrowed?",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def mention(name: str = "wellread", id: str = BOT) -> dict[str, Any]:
    """What Teams says of somebody who is mentioned."""
    return {"type": "mention", "mentioned": {"id": id, "name": name}, "text": f"<at>{name}</at>"}


def sent(body: object, authorization: str | None = None) -> dict[str, Any]:
    """The request that brings an activity, or other bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    if authorization is None:
        authorization = f"Bearer {signed(SERVICE_URL)}"
    if authorization:
        headers["Authorization"] = authorization
    event = gateway_event(raw, headers)
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/api/messages"
    return event


def encoded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "nbf": now,
        "exp": now + 3600,
        "serviceurl": SERVICE_URL,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def _token(header: dict[str, Any], key: str = KNOWN, **changes: Any) -> str:
    """A token whose signature is right for a key, whatever its header says."""
    merged = {"alg": "RS256", "kid": KNOWN, **header}
    head = {name: value for name, value in merged.items() if value is not None}
    said = f"{encoded(head)}.{encoded(claims(**changes))}".encode()
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return f"{said.decode()}.{encoded(signature.sign(said, key_of(key)))}"


def _hmac_by_public_key() -> str:
    public = json.dumps(jwks([KNOWN])["keys"][0]).encode()
    said = f"{encoded({'alg': 'HS256', 'kid': KNOWN})}.{encoded(claims())}"
    made = hmac.new(public, said.encode(), hashlib.sha256).digest()
    return f"{said}.{encoded(made)}"


def _hmac_by_pem() -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key_of(KNOWN).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = f"{encoded({'alg': 'HS256', 'kid': KNOWN})}.{encoded(claims())}"
    return f"{said}.{encoded(hmac.new(pem, said.encode(), hashlib.sha256).digest())}"


def _bearer(make: Callable[[], str]) -> Callable[[], dict[str, Any]]:
    return lambda: sent(activity(), f"Bearer {make()}")


def _claimed(service_url: str = SERVICE_URL, **changes: Any) -> Callable[[], dict[str, Any]]:
    return _bearer(lambda: signed(service_url, **changes))


def _header(key: str = KNOWN, **header: Any) -> Callable[[], dict[str, Any]]:
    return _bearer(lambda: _token(header, key))


def _said(status_of: Callable[[dict[str, Any]], object]) -> Callable[[], dict[str, Any]]:
    return lambda: sent(status_of(activity()))


def _changed(**changes: Any) -> Callable[[], dict[str, Any]]:
    return lambda: sent(activity(**changes))


def _now() -> int:
    return int(time.time())


_GOOD = signed(SERVICE_URL)
_HEAD, _CLAIMS, _SIGNATURE = _GOOD.split(".")
_OTHER = {"id": "0a1b2c3d-0000-4000-8000-0000000000ff"}
_FOREIGN = {"jwk": jwks(["forged"])["keys"][0], "jku": "https://attacker.example/keys"}

ATTACKS: dict[str, tuple[Callable[[], dict[str, Any]], int]] = {
    "no token": (lambda: sent(activity(), ""), 401),
    "an empty token": (lambda: sent(activity(), "Bearer "), 401),
    "another scheme": (lambda: sent(activity(), f"Basic {_GOOD}"), 401),
    "a token without its scheme": (lambda: sent(activity(), _GOOD), 401),
    "two tokens": (lambda: sent(activity(), f"Bearer {_GOOD},Bearer {_GOOD}"), 401),
    "a token with more behind it": (lambda: sent(activity(), f"Bearer {_GOOD} x"), 401),
    "a token in two parts": (lambda: sent(activity(), f"Bearer {_HEAD}.{_CLAIMS}"), 401),
    "a token in four parts": (lambda: sent(activity(), f"Bearer {_GOOD}.{_SIGNATURE}"), 401),
    "an endless token": (lambda: sent(activity(), "Bearer " + "a" * 30_000 + ".b.c"), 401),
    "a token in letters of elsewhere": (lambda: sent(activity(), f"Bearer ä{_GOOD}"), 401),
    "a token that is no JSON": (lambda: sent(activity(), "Bearer e30x.e30x.e30x"), 401),
    "claims that are a list": (
        _bearer(lambda: f"{_HEAD}.{encoded([])}.{_SIGNATURE}"),
        401,
    ),
    "deep claims": (_bearer(lambda: f"{_HEAD}.{encoded(b'[' * 5_000)}.{_SIGNATURE}"), 401),
    "no signature": (_bearer(lambda: f"{_HEAD}.{_CLAIMS}.AA"), 401),
    "another signature": (_bearer(lambda: f"{_HEAD}.{_CLAIMS}.{_SIGNATURE[:-8]}AAAAAAAA"), 401),
    "claims changed below the signature": (
        _bearer(lambda: f"{_HEAD}.{encoded(claims(exp=_now() + 99_999))}.{_SIGNATURE}"),
        401,
    ),
    "signed by nobody": (
        _bearer(lambda: f"{encoded({'alg': 'none', 'kid': KNOWN})}.{encoded(claims())}.AA"),
        401,
    ),
    "signed by Nobody": (
        _bearer(lambda: f"{encoded({'alg': 'None', 'kid': KNOWN})}.{encoded(claims())}.AA"),
        401,
    ),
    "signed with the public key as a secret": (_bearer(_hmac_by_public_key), 401),
    "signed with the public key's text as a secret": (_bearer(_hmac_by_pem), 401),
    "another algorithm of the same key": (_header(alg="RS512"), 401),
    "another padding of the same key": (_header(alg="PS256"), 401),
    "no algorithm": (_header(alg=None), 401),
    "a key of the token's own": (_header("forged", **_FOREIGN), 401),
    "a key by the token's own address": (_header("forged", kid="forged", **_FOREIGN), 401),
    "a certificate of the token's own": (_header("forged", x5u="https://attacker.example/c"), 401),
    "forged with a known kid": (_header("forged"), 401),
    "forged with its own kid": (_bearer(lambda: signed(SERVICE_URL, "forged")), 401),
    "no kid": (_header(kid=None), 401),
    "an empty kid": (_header(kid=""), 401),
    "a kid that is no string": (_header(kid=7), 401),
    "an endless kid": (_header(kid="k" * 2_000), 401),
    "a path as kid": (_header(kid="../../dev/null"), 401),
    "what we do not understand and must": (_header(crit=["exp"]), 401),
    "another audience": (_claimed(aud="another-bot"), 401),
    "an audience of several": (_claimed(aud=[CLIENT_ID, "another-bot"]), 401),
    "no audience": (_claimed(aud=None), 401),
    "another issuer": (_claimed(iss="https://sts.windows.net/attacker/"), 401),
    "nearly the issuer": (_claimed(iss=f"{ISSUER}/"), 401),
    "the emulator's issuer": (
        _claimed(iss="https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a/v2.0"),
        401,
    ),
    "no issuer": (_claimed(iss=None), 401),
    "expired a moment ago": (_claimed(exp=_now() - 1), 401),
    "expired an hour ago": (_claimed(exp=_now() - 3600), 401),
    "no expiry": (_claimed(exp=None), 401),
    "an expiry that is no number": (_claimed(exp="tomorrow"), 401),
    "an expiry that is true": (_claimed(exp=True), 401),
    "an endless expiry": (_claimed(exp=float("inf")), 401),
    "an expiry that is not a number": (_claimed(exp=float("nan")), 401),
    "valid from an hour on": (_claimed(nbf=_now() + 3600), 401),
    "a beginning that is no number": (_claimed(nbf="now"), 401),
    "no serviceurl": (_claimed(serviceurl=None), 401),
    "a serviceurl that is no string": (_claimed(serviceurl=[SERVICE_URL]), 401),
    "another serviceurl": (_claimed(service_url="https://attacker.example/"), 401),
    "nearly the serviceurl": (_claimed(service_url=SERVICE_URL.rstrip("/")), 401),
    "another serviceUrl in the activity": (
        _changed(serviceUrl="https://attacker.example/"),
        401,
    ),
    "no serviceUrl in the activity": (_changed(serviceUrl=None), 400),
    "a serviceUrl that is none": (_changed(serviceUrl="file:///etc/passwd"), 400),
    "a serviceUrl that is a list": (_changed(serviceUrl=[SERVICE_URL]), 400),
    "another tenant": (_changed(channelData={"tenant": _OTHER}), 403),
    "another tenant's conversation": (
        _changed(conversation={"id": PERSONAL, "tenantId": _OTHER["id"]}),
        403,
    ),
    "another tenant in all": (
        _changed(
            channelData={"tenant": _OTHER},
            conversation={"id": PERSONAL, "tenantId": _OTHER["id"]},
        ),
        403,
    ),
    "no tenant": (
        _changed(channelData=None, conversation={"id": PERSONAL, "conversationType": "personal"}),
        403,
    ),
    "another channel": (_changed(channelId="webchat"), 403),
    "the emulator": (_changed(channelId="emulator"), 403),
    "no channel": (_changed(channelId=None), 403),
    "no type": (_changed(type=None), 400),
    "a type that is none": (_changed(type={"a": 1}), 400),
    "no conversation": (_changed(conversation={"tenantId": TENANT}), 400),
    "a conversation that is no id": (
        _changed(conversation={"id": "../x", "tenantId": TENANT}),
        400,
    ),
    "no message": (_changed(id=None), 400),
    "no body": (lambda: sent(b""), 400),
    "no JSON": (lambda: sent(b"{'type': 'message'}"), 400),
    "a list": (lambda: sent([]), 400),
    "deep JSON": (lambda: sent(b'{"a":' * 40_000 + b"1" + b"}" * 40_000), 400),
    "not a number": (lambda: sent(b'{"type": NaN}'), 400),
    "bytes that are no text": (lambda: sent(b'{"type": "\xff\xfe"}'), 400),
    "too large": (_said(lambda made: {**made, "text": "x" * 300_000}), 413),
    "too large, and without a token": (lambda: sent(b"{" * 300_000, ""), 413),
}
"""By name: a request that nothing may come of, and the status that it is refused with."""
