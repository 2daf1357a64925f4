from __future__ import annotations

import pytest

from wellread.api.negotiation import is_json, prefers_html, wants_events


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("TEXT/HTML; q=0.5", True),
        ("application/json;q=0.5, text/html;q=0.9", True),
        ("application/json, text/html", False),
        ("application/json, text/html;q=0.9", False),
        ("text/html;q=0", False),
        ("text/html;q=much", False),
        ("*/*", False),
        ("", False),
        (None, False),
    ],
)
def test_a_page_is_preferred_only_where_the_caller_says_so(accept: str | None, html: bool) -> None:
    assert prefers_html(accept) is html


@pytest.mark.parametrize(
    ("accept", "events"),
    [
        ("text/event-stream", True),
        ("text/event-stream, application/json;q=0.5", True),
        ("text/event-stream;q=0", False),
        ("*/*", False),
        (None, False),
    ],
)
def test_events_are_streamed_only_where_the_caller_asks_for_them(
    accept: str | None, events: bool
) -> None:
    assert wants_events(accept) is events


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        ("application/json", True),
        ("Application/JSON ; charset=utf-8", True),
        (None, True),
        ("application/x-www-form-urlencoded", True),
        ("text/plain", False),
        ("application/jsonp", False),
    ],
)
def test_a_body_is_read_as_json_where_its_label_allows(
    content_type: str | None, json: bool
) -> None:
    assert is_json(content_type) is json
