"""Pages that say what became of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Any

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
"""What a browser opens to install the app, and where Slack leads it back to."""

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    # The address holds a code.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of plain words.

    Attributes:
        paragraphs: Text, as it is.
    """

    status: HTTPStatus
    title: str
    paragraphs: tuple[str, ...]


def answer_of(page: Page, *cookies: str) -> dict[str, Any]:
    """A page as the answer to an HTTP request (payload format 2.0)."""
    words = "".join(f"<p>{escape(each)}</p>" for each in page.paragraphs)
    title = escape(page.title)
    return {
        "statusCode": int(page.status),
        "headers": dict(_HEADERS),
        "cookies": list(cookies),
        "body": (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{title}</title></head><body><h1>{title}</h1>{words}</body></html>"
        ),
    }
