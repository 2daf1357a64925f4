"""A token issuer on the loopback: what an identity provider is to the deployed API.

It serves `/.well-known/openid-configuration` and its key (`/.well-known/jwks.json`), which is all
that API Gateway's JWT authorizer asks for, and signs tokens (RS256) for whoever has the object.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "wellread"
_KEY_ID = "stack-local"
_A_DAY = 24 * 3600


class TokenIssuer:
    """Signs tokens and serves the key that proves them, until it is closed."""

    def __init__(self, port: int = 0, key_file: Path | None = None) -> None:
        """Start serving.

        Args:
            port: On 127.0.0.1; 0 for a free one.
            key_file: Where the private key is kept, so that tokens outlive the process; None for
                a key that dies with it.
        """
        self._key = _kept_key(key_file)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self._pages))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="token-issuer")
        self._thread.daemon = True
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The issuer's name: `iss` of its tokens."""
        return f"http://127.0.0.1:{self.port}"

    def token(
        self,
        subject: str,
        claims: Mapping[str, object] | None = None,
        *,
        seconds: float = _A_DAY,
        audience: str = AUDIENCE,
    ) -> str:
        """A signed token for `subject`, good for `seconds` (an expired one where negative)."""
        # API Gateway refuses a token issued in the future; clocks are read in whole seconds.
        now = int(time.time()) - 1
        said = {"iss": self.url, "aud": audience, "sub": subject, "iat": now}
        said["exp"] = int(now + 1 + seconds)
        return jwt.encode(
            {**said, **(claims or {})}, self._key, algorithm="RS256", headers={"kid": _KEY_ID}
        )

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _pages(self) -> dict[str, object]:
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        keys = {"keys": [{**key, "kid": _KEY_ID, "alg": "RS256", "use": "sig"}]}
        configuration = {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }
        return {
            "/.well-known/jwks.json": keys,
            "/.well-known/openid-configuration": configuration,
        }


def _kept_key(file: Path | None) -> rsa.RSAPrivateKey:
    if file is not None and file.exists():
        kept = serialization.load_pem_private_key(file.read_bytes(), password=None)
        if isinstance(kept, rsa.RSAPrivateKey):
            return kept
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if file is not None:
        file.touch(mode=0o600)
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return key


def _handler_for(pages: Callable[[], dict[str, object]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages().get(self.path.partition("?")[0])
            body = json.dumps(page if page is not None else {"message": "Not Found"}).encode()
            self.send_response(200 if page is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    return Handler
