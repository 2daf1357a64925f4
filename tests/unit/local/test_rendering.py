from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.api.excerpts import excerpt
from wellread.local.page.rendering import answer_html, excerpt_html, tag

ALLOWED = {"p", "br", "ul", "ol", "li", "pre", "code", "strong", "a", "blockquote"} | {
    "table",
    "tr",
    "th",
    "td",
}


class Tags(HTMLParser):
    """The tags of some HTML, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((name, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", {}))


@given(
    st.text(st.characters(codec="utf-8") | st.sampled_from("<>&\"'`*[]()!#-1\n "), max_size=200),
    st.integers(0, 3),
)
def test_whatever_an_answer_says_only_our_own_tags_come_out(text: str, citations: int) -> None:
    for name, attributes in Tags(answer_html(text, citations)).found:
        assert name in ALLOWED
        if name == "a":
            assert attributes["href"] == "#"
            assert 1 <= int(attributes["data-cite"] or 0) <= citations
            assert set(attributes) == {"class", "href", "data-cite", "aria-label"}
        else:
            assert attributes == {}


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://tracker.example/p.png)",
        "[click](javascript:alert(1))",
        "[click](https://evil.example)",
        "<https://evil.example>",
        "**<b onclick=alert(1)>**",
        "`<svg/onload=alert(1)>`",
        "```\n</pre><script>alert(1)</script>\n```",
    ],
)
def test_markup_in_an_answer_is_shown_as_text(attack: str) -> None:
    tags = Tags(answer_html(attack, 0))

    assert {name for name, _ in tags.found} <= ALLOWED - {"a"}
    assert "alert(1)" in tags.text or "example" in tags.text


def test_markers_of_citations_can_be_clicked_and_others_stay_text() -> None:
    html = answer_html("First. [1] Second. [2] Third. [3][0]", 2)

    links = [attributes for name, attributes in Tags(html).found if name == "a"]
    assert [link["data-cite"] for link in links] == ["1", "2"]
    assert "[3][0]" in html
    assert links[0]["aria-label"] == "Open source 1"


def test_paragraphs_lists_code_and_emphasis_are_kept() -> None:
    html = answer_html("Intro **bold** and `code`:\n- one\n- two\n\n1. first\n\n```\na < b\n```", 0)

    assert html == (
        "<p>Intro <strong>bold</strong> and <code>code</code>:</p>"
        "<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol><pre>a &lt; b</pre>"
    )


def test_an_excerpt_marks_the_quote_and_escapes_everything() -> None:
    text = 'a <b> & "c" </mark> end'
    start = text.index("&")

    html = excerpt_html(excerpt(text, start, start + 5))

    assert Tags(html).text == text
    assert [name for name, _ in Tags(html).found] == ["mark"]
    assert "&amp; &quot;c&quot;</mark>" in html


def test_attributes_are_escaped_and_none_is_left_out() -> None:
    html = tag("p", "x", class_="a", title='"><script>', data_key="k", id_=None)

    assert html == '<p class="a" title="&quot;&gt;&lt;script&gt;" data-key="k">x</p>'
