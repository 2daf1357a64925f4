"""Where a chat platform sends its requests, by the address that somebody gives of the server."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from wellread.domain.knowledge.errors import InvalidConfigurationError


def requests_url(server: str, path: str, platform: str, otherwise: str = "") -> str:
    """The address of the platform's path.

    Args:
        server: The address of the server, with or without the path.
        path: Below the address of the server.
        platform: Its name, for people.
        otherwise: What else people can do where the address is not one of https.

    Raises:
        InvalidConfigurationError: The platform could not reach it; the message says why.
    """
    try:
        parts = urlsplit(server.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or not server.isascii() or any(c.isspace() for c in server.strip()):
        raise InvalidConfigurationError(
            f"This is no address of a server. Give the one that {platform} reaches it by, such as "
            "--url https://wellread.example.com."
        )
    if parts.scheme != "https" and not is_loopback(server):
        raise InvalidConfigurationError(
            f"{platform} sends its requests to https addresses alone. Give the address of a tunnel "
            f"or of the stack's API{otherwise}."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise InvalidConfigurationError(
            "Give the address of the server without a password, a query (?) or a fragment (#)."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(path)}{path}"


def is_loopback(server: str) -> bool:
    """Whether an address is plain http on this very machine."""
    return urlsplit(server.strip()).scheme == "http" and is_this_machine(server)


def is_this_machine(server: str) -> bool:
    """Whether an address is of this very machine, as no other one knows it."""
    host = urlsplit(server.strip()).hostname
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
