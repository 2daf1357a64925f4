"""Headings that only their look tells, covers, and the ends of printed pages."""

from __future__ import annotations

import pytest

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.front import parse_html
from wellread.domain.knowledge.documents import ParsedText

TEXT = "<p>The supplier delivers what was ordered, and the buyer pays for what was delivered.</p>"


def parse(body: str, head: str = "") -> ParsedText:
    page = f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return parse_html(page.encode(), ParseLimits())


def outline(parsed: ParsedText) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in parsed.headings]


@pytest.mark.parametrize(
    "heading",
    [
        "<p><b>Delivery</b></p>",
        "<div><span style='font-weight:700'>Delivery</span></div>",
        "<div style='font-weight: bold'>Deli<span>very</span></div>",
        "<p><u>Delivery</u></p>",
        "<p style='font-size:14pt'><span>Delivery</span></p>",
        "<b>Delivery</b><br>",
    ],
)
def test_a_short_line_that_stands_out_is_a_heading(heading: str) -> None:
    body = TEXT.replace("<p>", "<p style='font-size:10pt'>")
    assert outline(parse(f"{body}{heading}{body}")) == [(2, "Delivery")]


@pytest.mark.parametrize(
    "line",
    [
        "<p><b>Delivery.</b> The supplier delivers at once.</p>",
        "<p><b>delivery</b></p>",
        "<p><b><a href='#x'>Delivery</a></b></p>",
        "<p><b>The supplier delivers in ten days, and pays a fine for each day after that.</b></p>",
        "<ul><li><b>Delivery</b></li></ul>",
        "<p><b>(in millions)</b></p>",
    ],
)
def test_other_bold_words_are_text(line: str) -> None:
    assert outline(parse(f"{TEXT}{line}{TEXT}")) == []


def test_bold_says_nothing_where_all_is_bold_or_where_headings_are_marked() -> None:
    assert outline(parse(f"<b>{TEXT}<p>Delivery</p>{TEXT}</b>")) == []
    marked = parse(f"<h1>Terms</h1><h2>Price</h2>{TEXT}<p><b>Delivery</b></p>{TEXT}")
    assert outline(marked) == [(1, "Terms"), (2, "Price")]


def test_parts_items_and_notes_are_above_what_else_stands_out() -> None:
    lines = ["Part II", "Item 7. Results", "Sales", "Item 8. Statements", "Note 1 \u2013 Leases"]
    body = "".join(f"<p><b>{line}</b></p>{TEXT}" for line in ["Cover", *lines, "Rent"])
    levels = {title: level for level, title in outline(parse(body))}
    assert levels == dict(zip([*lines, "Rent"], [1, 2, 4, 2, 3, 4], strict=True))


def test_larger_headings_are_above_smaller_ones() -> None:
    def line(size: int, text: str) -> str:
        return f"<p style='font-size:{size}pt'><b>{text}</b></p>"

    body = TEXT.replace("<p>", "<p style='font-size:10pt'>")
    parts = [line(14, f"Large {n}") + body + line(11, f"Small {n}") + body for n in range(3)]
    found = outline(parse("".join(parts)))
    assert found == [(2 + n % 2, f"{('Large', 'Small')[n % 2]} {n // 2}") for n in range(6)]


def test_a_term_in_bold_and_its_meaning_are_one_paragraph() -> None:
    parsed = parse(f"{TEXT}<p><b>\u201cAffiliate\u201d</b></p><p>means a company.</p>{TEXT}")
    assert "\u201cAffiliate\u201d\nmeans a company." in parsed.text
    assert parsed.headings == ()


def test_a_page_without_a_title_is_called_what_its_cover_says() -> None:
    body = TEXT.replace("<p>", "<p style='font-size:10pt'>")
    cover = "<p style='font-size:20pt'>Nordic Rail</p><p>Form 10-K</p>" + body
    assert parse(cover, "<title>nrl-20241231</title>").title == "Nordic Rail Form 10-K"
    assert parse(cover, "<title>Report</title>").title == "Report"
    assert parse(f"<h1>Rail</h1>{cover}").title == "Rail"


BREAK = "<hr style='page-break-after:always'>"


def pages(*contents: str, foot: str, head: str = "") -> str:
    return BREAK.join(
        f"{head}<div>{content}</div><p>{foot.format(number)}</p>"
        for number, content in enumerate(contents, 7)
    )


@pytest.mark.parametrize("foot", ["{}", "Nordic Rail | 2024 Report | {}", "NORDIC RAIL 2024 {}"])
def test_what_stands_at_the_ends_of_pages_is_left_out(foot: str) -> None:
    contents = [f"Clause {word}." for word in ("one", "two", "three", "four", "five")]
    parsed = parse(pages(*contents, foot=foot, head="<p>Terms of carriage</p>"))
    assert parsed.text == "\n\n".join(["Terms of carriage", *contents])


def test_a_sentence_that_a_page_s_end_tore_is_whole() -> None:
    long = "The railway pays for what it lost on the way, unless the loss was nobody's fault or "
    contents = [long * 2, "the sender's own.", "Three.", "Four.", "Five."]
    assert "fault or the sender's own." in parse(pages(*contents, foot="{}")).text


def test_lines_within_pages_and_rows_of_tables_stay() -> None:
    rows = "".join(f"<tr><td>Page {n}</td><td>{n}</td></tr>" for n in range(1, 7))
    same = [
        f"<p>Text.</p><p>Yes \u2612 No \u2610</p><p>Text.</p><p>Text {n}.</p>" for n in "abcdef"
    ]
    kept = [f"<p>{part}</p>" for part in ("a", "b")]
    parsed = parse(pages(*(f"{''.join(kept)}{part}{''.join(kept)}" for part in same), foot="{}"))
    assert parsed.text.count("Yes") == 6
    assert parse(f"<table>{rows}</table>").text.count("Page") == 6


def test_numbered_parts_that_begin_pages_stay() -> None:
    texts = [f"<p>Schedule {n}</p><p>Text {n * n}.</p>" for n in range(1, 7)]
    assert parse(BREAK.join(texts)).text.count("Schedule") == 6
