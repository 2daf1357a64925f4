from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from wellread.domain.ask.links import Links, unlinked
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.wire.document_links import link_to, newest_link, whole_link

DOCUMENT, REVISION = DocumentId("hr/Leave & more.md"), RevisionId("5f1c")
HTTP: Links = link_to


def test_a_link_names_revision_quote_and_offset_as_the_api_reads_them():
    link = urlsplit(HTTP(DOCUMENT, REVISION, "30 days?", 120))

    assert unquote(link.path) == "/v1/documents/hr/Leave & more.md"
    assert parse_qs(link.query) == {"revision": ["5f1c"], "quote": ["30 days?"], "at": ["120"]}
    assert link.fragment == "quote"


def test_a_link_without_a_quote_opens_the_revision_at_its_beginning():
    assert HTTP(DOCUMENT, REVISION) == "/v1/documents/hr/Leave%20%26%20more.md?revision=5f1c"
    assert newest_link(DOCUMENT) == "/v1/documents/hr/Leave%20%26%20more.md"


def test_long_quotes_are_cut_and_what_no_address_can_hold_is_replaced():
    link = HTTP(DocumentId("odd\udce4.md"), REVISION, "x" * 10_000, 0)

    assert len(link) < 1000
    assert link.startswith("/v1/documents/odd%3F.md?")


@pytest.mark.parametrize("quote", [None, "30 days"])
def test_a_link_to_the_whole_document_keeps_its_place(quote: str | None):
    there = urlsplit(HTTP(DOCUMENT, REVISION, quote))
    whole = urlsplit(whole_link(HTTP(DOCUMENT, REVISION, quote)))

    assert whole.query == f"{there.query}&whole=1"
    assert (whole.path, whole.fragment) == (there.path, there.fragment)


def test_where_nothing_opens_documents_they_are_named():
    assert unlinked(DocumentId("hr/leave.md"), REVISION, "30 days", 7) == "hr/leave.md"
