"""HTML: the main content in reading order."""

from __future__ import annotations

import pytest

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.front import parse_html
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode


def parse(body: str, head: str = "") -> ParsedText:
    page = f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"
    return parse_html(page.encode(), ParseLimits())


def test_what_surrounds_the_content_is_left_out() -> None:
    parsed = parse(
        "<header><a href=/>Home</a></header><nav>Menu</nav><script>var x = 1</script>"
        "<style>p{}</style><p>The <b>answer</b>.</p><div hidden>secret</div>"
        "<div style='display:none'>gone</div><footer>Imprint</footer>"
    )
    assert parsed.text == "The answer."


def test_the_main_element_wins_where_it_holds_the_content() -> None:
    parsed = parse(f"<div>Offers</div><main><p>{'content ' * 20}</p></main><div>Ads</div>")
    assert "Offers" not in parsed.text
    assert parsed.text.startswith("content")


def test_of_several_articles_one_wins_only_where_it_is_nearly_all() -> None:
    even = parse("<article><p>first one</p></article><article><p>second one</p></article>")
    assert even.text == "first one\n\nsecond one"
    uneven = parse(f"<article><p>{'long ' * 40}</p></article><article><p>teaser</p></article>")
    assert "teaser" not in uneven.text


@pytest.mark.parametrize(
    "beside",
    [
        "<div class='cookie-consent'>We use cookies</div>",
        "<section id='CookieBanner'>We use cookies</section>",
        "<div class='page breadcrumbs'><a>Home</a> &gt; Leave</div>",
        "<ol aria-label='Breadcrumb'><li>Home</li></ol>",
        "<aside><h3>Related</h3><p>Other</p><aside>and more</aside></aside>",
        "<div role='complementary'>Side</div>",
        "<a class='skip-link' href='#main'>Skip to content</a>",
        "<header><h1>The intranet</h1></header>",
    ],
)
def test_what_stands_beside_the_content_is_left_out(beside: str) -> None:
    content = f"<h1>Leave</h1><p>{'Thirty days of leave. ' * 10}</p>"
    parsed = parse(f"{beside}<div><article>{content}</article></div>{beside}<p>{'out ' * 50}</p>")
    outside = parse(f"{beside}<main>{content}</main>{beside}<p>{'out ' * 99}</p>")
    for text in (parsed.text, outside.text):
        assert text.startswith("Leave\n\nThirty days")
    assert parsed.title == "Leave"


def test_notes_in_the_content_and_pages_about_cookies_are_kept() -> None:
    note = "<aside class='admonition note'>Ask first.</aside><aside>Or not.</aside>"
    text = parse(f"<main><p>{'words ' * 20}</p>{note}</main>").text
    assert "Ask first." in text
    assert "Or not." in text
    policy = parse(f"<p>{'words ' * 20}</p><div class='cookie-policy'>We set two cookies.</div>")
    assert "We set two cookies." in policy.text
    assert parse("<aside>All that there is.</aside>").text == "All that there is."


def test_a_definition_stays_with_its_term() -> None:
    parsed = parse(
        "<dl><dt>Leave</dt><dd>Thirty days.</dd><dd><p>A year.</p></dd><dt>Sick</dt></dl>"
    )
    assert parsed.text == "Leave: Thirty days.\nA year.\n\nSick"
    listed = parse("<dl><dt>Leave<dd><ul><li>Thirty days.</ul><dt>Why?<dd>Rest.</dl>")
    assert listed.text == "Leave\n- Thirty days.\n\nWhy? Rest."


def test_cells_over_several_columns_and_rows_keep_the_others_in_their_columns() -> None:
    parsed = parse(
        "<table><tr><th colspan=2>Who</th><th rowspan=2>Days</th></tr><tr><td>a</td><td>b</td></tr>"
        "<tr><td rowspan=2>Staff</td><td>new</td><td>28</td></tr><tr><td>old</td><td>30</td></tr>"
        "</table>"
    )
    assert parsed.text == (
        "| Who a | Who b | Days |\n| --- | --- | --- |\n| Staff | new | 28 |\n| Staff | old | 30 |"
    )


def test_headings_lists_and_paragraphs_keep_their_shape_and_offsets() -> None:
    parsed = parse(
        "<h1>Leave</h1><p>First<br>second</p><ul><li>one</li><li><p>two</p><ol><li>sub</li>"
        "<li>more</li></ol></li></ul><h2>Sick<a href=#s>\u00b6</a></h2>after"
    )
    assert parsed.text == (
        "Leave\n\nFirst\nsecond\n\n- one\n- two\n  1. sub\n  2. more\n\nSick\n\nafter"
    )
    assert [(h.level, parsed.text[h.start :].split("\n")[0]) for h in parsed.headings] == [
        (1, "Leave"),
        (2, "Sick"),
    ]


def test_a_table_becomes_markdown() -> None:
    parsed = parse(
        "<table><caption>Prices</caption><tr><th>Name</th><th></th><th>Price</th></tr>"
        "<tr><td>A|B</td><td></td><td>3&nbsp;\u20ac</td></tr></table>"
    )
    assert parsed.text == "Prices\n\n| Name | Price |\n| --- | --- |\n| A\\|B | 3 \u20ac |"
    assert parsed.tables == 1


def test_a_table_that_only_arranges_is_read_as_text() -> None:
    parsed = parse(
        "<table><tr><td><h2>News</h2><p>Text</p></td><td><p>Side</p></td></tr></table>"
        "<table><tr><td>\u2610</td><td>Unticked</td></tr></table>"
    )
    assert parsed.text == "News\n\nText\n\nSide\n\n\u2610 Unticked"
    assert parsed.tables == 0


def test_code_is_fenced_and_keeps_its_lines() -> None:
    parsed = parse("<pre><code>def f():\n    return 1\n</code></pre>")
    assert parsed.text == "```\ndef f():\n    return 1\n```"


def test_links_are_their_text_and_pictures_nothing() -> None:
    parsed = parse('<p>See <a href="https://example.org/x?track=1">the guide</a><img src=p></p>')
    assert parsed.text == "See the guide"


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Leave policy | Intranet</title>", "<h1>Leave policy</h1>", "Leave policy"),
        ("<title>Leave policy</title>", "<h1>Welcome</h1>", "Leave policy"),
        ("<title>Untitled</title>", "<h1>Leave</h1>", "Leave"),
        ("", "<p>text</p>", ""),
    ],
)
def test_the_title_is_the_page_s_without_its_decoration(head: str, body: str, title: str) -> None:
    assert parse(body + "<p>text</p>", head).title == title


def test_the_encoding_that_the_page_declares_is_used() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1"><p>15,50 \u20ac'
    assert parse_html(page.encode("cp1252"), ParseLimits()).text == "15,50 \u20ac"


def test_nesting_that_no_page_has_is_too_complex() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("<div>" * 100_000 + "deep")
    assert caught.value.code is FailureCode.TOO_COMPLEX


def test_a_page_without_words_is_empty() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("<div><img src=x></div>")
    assert caught.value.code is FailureCode.EMPTY


def test_numbered_lists_keep_the_numbers_that_readers_see() -> None:
    parsed = parse(
        "<ol start=4><li>four<li>five<ol type=a><li>first<li>second</ol><li value=9>nine</ol>"
        "<ol style='list-style-type: upper-roman'><li>one<li>two</ol>"
        "<ol style='list-style: none'><li>(a) own</ol>"
    )
    numbers = ["4. four", "5. five", "a. first", "b. second", "9. nine", "I. one", "II. two"]
    assert [line.strip() for line in parsed.text.split("\n") if line] == [*numbers, "- (a) own"]


def test_words_on_lines_of_their_own_are_not_run_together() -> None:
    parsed = parse(
        "<h2>Leave<br>policy</h2><table><tr><th>Unit<th>Days</tr>"
        "<tr><td><ul><li>North</li><li>So<b>uth</b></li></ul><td><div>ten</div><div>more</div>"
        "</tr></table>"
    )
    assert parsed.headings[0].title == "Leave policy"
    assert "| North South | ten more |" in parsed.text


MENU = (
    "<div><ul>"
    + "".join(f"<li><a href='/{n}'>Topic {n}</a></li>" for n in range(9))
    + "</ul></div>"
)
PROSE = (
    "<p>" + "Staff may take thirty days of leave in a year, and no more than that. " * 10 + "</p>"
)


def test_menus_of_pages_that_do_not_mark_them_are_left_out() -> None:
    parsed = parse(f"{MENU}<div><h1>Leave</h1>{PROSE}</div>{MENU}")
    assert parsed.text.startswith("Leave\n\nStaff")
    assert "Topic" not in parsed.text


@pytest.mark.parametrize(
    "page",
    [
        f"<div><h1>Leave</h1>{PROSE}{MENU}</div>",
        f"<article>{PROSE}<div>{MENU}</div></article>",
        f"<h1>All topics</h1><div>{MENU}</div><div>{MENU}</div>",
        f"<div>{PROSE}</div><div>{MENU.replace('ul>', 'ol>')}</div>",
        f"<div>{PROSE}</div><div>{MENU.replace('/', '#').replace('<#', '</')}</div>",
    ],
)
def test_lists_of_links_that_belong_to_the_text_are_kept(page: str) -> None:
    assert "Topic 8" in parse(page).text


def test_what_readers_see_in_place_of_pictures_and_frames_is_kept() -> None:
    assert parse(
        "<p>x</p><img src=a alt='Chart of all units by size'><img src=b alt=Logo>"
    ).text == ("x\n\nChart of all units by size")
    frames = "<html><head><title>Leave</title></head><frameset><frame src=a><noframes><body>Words"
    parsed = parse_html(frames.encode() + b"</body></noframes></frameset></html>", ParseLimits())
    assert (parsed.text, parsed.title) == ("Words", "Leave")


def test_a_raised_number_is_not_run_together_with_the_one_before() -> None:
    parsed = parse(
        "<p>10<sup>6</sup> m<sup>2</sup></p>"
        "<table><tr><td>a<td>10<sup>3</sup><tr><td>b<td>c</table>"
    )
    assert parsed.text.startswith("10^6 m2\n\n| a | 10^3 |")
