"""Links to documents over HTTP."""

from __future__ import annotations

from urllib.parse import quote as percent_encoded
from urllib.parse import urlencode

from wellread.domain.ask.links import Links
from wellread.domain.knowledge.documents import DocumentId, RevisionId

LINKED_QUOTE_CHARACTERS = 600
"""Longer quotes are cut in links, which browsers and servers limit; the offset finds the place."""


def newest_link(document: DocumentId) -> str:
    """Where a document opens at its searchable revision."""
    return f"/v1/documents/{percent_encoded(document, errors='replace')}"


def link_to(
    document: DocumentId, revision: RevisionId, quote: str | None = None, at: int | None = None
) -> str:
    """`wellread.domain.ask.links.Links` over HTTP, relative to the host's address."""
    parameters: dict[str, str] = {"revision": revision}
    if quote:
        parameters["quote"] = quote[:LINKED_QUOTE_CHARACTERS]
    if at is not None:
        parameters["at"] = str(at)
    fragment = "#quote" if quote else ""
    return f"{newest_link(document)}?{urlencode(parameters, errors='replace')}{fragment}"


def links_below(address: str) -> Links:
    """`link_to` for those who are elsewhere than on the host at this address."""
    host = address.rstrip("/")

    def link(
        document: DocumentId, revision: RevisionId, quote: str | None = None, at: int | None = None
    ) -> str:
        return host + link_to(document, revision, quote, at)

    return link


def whole_link(link: str) -> str:
    """A link to a place, as one that shows all of the document around it."""
    address, _, fragment = link.partition("#")
    return f"{address}&whole=1" + (f"#{fragment}" if fragment else "")
