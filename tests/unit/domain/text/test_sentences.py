from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.text.plain import plain, plain_row, plain_unit
from wellread.domain.text.sentences import UnitKind, body_start, split_sentences


def units(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Use a proxy, e.g. Squid or nginx.",
        "The prof. Emeritus title is rare.",
        "The fee is 3.5 percent of 1.200 EUR.",
        "Version 2.10.1 fixes it.",
        "Read docs.example.com/a.b?c=1 first.",
        "Am 12. März ist geschlossen.",
        "Siehe Abs. 3 der Ordnung.",
        "E. Coli is a bacterium.",
        "Everything else (see Fig. 4) stays.",
        "It costs approx. 20 euros.",
        "The rate is 5 min. 30 sec. per lap.",
    ],
)
def test_a_full_stop_that_ends_no_sentence_does_not_cut(text: str):
    assert units(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It works. It is fast!", ["It works.", "It is fast!"]),
        ("Why? Because.", ["Why?", "Because."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("Meet in room C. The door is open.", ["Meet in room C.", "The door is open."]),
        ("Ask HR. They know.", ["Ask HR.", "They know."]),
        ("It began in 2019. It ended soon.", ["It began in 2019.", "It ended soon."]),
        ("Go to v1.2.3. Then restart.", ["Go to v1.2.3.", "Then restart."]),
        ("Up to 64 TiB\\. More is not possible\\.", ["Up to 64 TiB\\.", "More is not possible\\."]),
        ("请提交申请。两周内回复。", ["请提交申请。", "两周内回复。"]),
        ("Das gilt z.B. für alle. Ende.", ["Das gilt z.B. für alle.", "Ende."]),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, expected: list[str]):
    assert units(text) == expected


def test_a_wrapped_paragraph_is_cut_by_sentences_not_by_lines():
    text = "The first sentence was wrapped by\nthe editor. The second one\nwas too."
    assert units(text) == [
        "The first sentence was wrapped by\nthe editor.",
        "The second one\nwas too.",
    ]


def test_lines_with_labels_stand_alone():
    assert units("Name: Atlas\nOwner: Platform team\nRoom: B2") == [
        "Name: Atlas",
        "Owner: Platform team",
        "Room: B2",
    ]


def test_list_items_are_units_that_know_their_introduction():
    text = "Bring these:\n\n- a laptop\n- a badge\n\nThat is all."
    spans = split_sentences(text)
    assert [span.kind for span in spans] == ["sentence", "item", "item", "sentence"]
    assert [span.lead for span in spans] == [None, 0, 0, None]


def test_nested_items_are_introduced_by_the_item_above_and_the_list_goes_on():
    text = "Do this:\n+ Avoid these modes:\n  + offline\n  + read only\n+ Back up daily\n"
    assert [span.lead for span in split_sentences(text)] == [None, 0, 1, 1, 0]


def test_an_indented_paragraph_in_an_item_does_not_end_the_list():
    text = "Pick one:\n+ red\n\n  Red is warm.\n+ blue\n"
    spans = split_sentences(text)
    assert text[spans[-1].start : spans[-1].end] == "+ blue"
    assert spans[-1].lead == 0


def test_table_rows_are_units_under_their_header():
    text = "| Country | Rate |\n| --- | --- |\n| France | 35 |\n| Spain | 30 |\n"
    spans = split_sentences(text)
    assert [span.kind for span in spans] == ["header", "row", "row"]
    assert [span.lead for span in spans] == [None, 0, 0]
    assert plain_unit(text, spans, 2) == "Country: Spain; Rate: 30."


def test_rows_of_a_table_whose_header_is_elsewhere_have_no_lead():
    spans = split_sentences("| France | 35 |\n| Spain | 30 |\n")
    assert [(span.kind, span.lead) for span in spans] == [("row", None), ("row", None)]


def test_headings_and_code_fences_are_units():
    text = "# Set up\n\nRun this. Then wait.\n\n```sh\nmake demo. Now.\n\nmake test\n```\nDone."
    assert [span.kind for span in split_sentences(text)] == [
        UnitKind.HEADING,
        UnitKind.SENTENCE,
        UnitKind.SENTENCE,
        UnitKind.CODE,
        UnitKind.SENTENCE,
    ]


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "word", "Word", "e.g.", "3.5", ".", ". ", "? ", "\n", "\n\n", "- ", "+ ", "  + ", "1. ",
            "# ", "```\n", "| a | b |\n", "| --- | --- |\n", "|---|---|\n", "|", "**", "[x](y)",
            "<b>", ":", "\\", "\t", "“", "。", "é",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(st.one_of(MARKDOWN, st.text(max_size=200)))
def test_units_are_in_order_trimmed_and_lose_no_word(text: str):
    spans = split_sentences(text)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        assert not any(c.isalnum() for c in text[end : span.start])
        assert span.lead is None or 0 <= span.lead < spans.index(span)
        end = span.end
    assert not any(c.isalnum() for c in text[end:])


@pytest.mark.parametrize(
    ("verbatim", "expected"),
    [
        ("See [the **guide**](https://x.example/a_b) first", "See the guide first."),
        ("Storage \\(gp2\\) is *fast*\\.", "Storage (gp2) is fast."),
        ("1. Open the console\\.", "Open the console."),
        ("- `make demo` starts it", "make demo starts it."),
        ('## Limits<a name="limits"></a>', "Limits."),
        ("Logo ![logo](http://x.example/l.png) here", "Logo here."),
        ("A  line\nwith   spaces", "A line with spaces."),
        ("AT&amp;T &lt;b&gt;rules&lt;/b&gt;", "AT&T rules."),
        ("Keep snake_case_names and 2 * 3 * 4", "Keep snake_case_names and 2 * 3 * 4."),
        ("Is 3 < 5?", "Is 3 < 5?"),
        ("As shown in [12] and x[3]", "As shown in (12) and x(3)."),
        ("Write to ops@example.com, @channel!", "Write to ops@example.com, channel!"),
        ("Hello <!channel> and <@U123>", "Hello and."),
        ("Go to <https://evil.example/x|the portal>", "Go to the portal."),
        ("Open https://portal.example.com/a?b=c now", "Open portal.example.com now."),
        ("Text <!-- hidden words --> shown", "Text shown."),
        ("<script>alert(1)</script>Safe", "Safe."),
        ("\u200bSplit\u200b words\u202e", "Split words."),
        ("The steps are:", "The steps are."),
        ("---", ""),
        ("| Datasets | 3 \\(each\\) |", "Datasets; 3 (each)."),
    ],
)
def test_a_verbatim_piece_reads_as_a_sentence(verbatim: str, expected: str):
    assert plain(verbatim) == expected


def test_a_row_is_read_under_its_header():
    row = plain_row("| Resource | Limit | Adjustable? |", "| Datasets \\(all\\) | 5 |  |")
    assert row == "Resource: Datasets (all); Limit: 5."


def test_a_row_keeps_a_bar_that_was_escaped():
    assert plain_row("| Command | Use |", "| a \\| b | pipes |") == "Command: a | b; Use: pipes."


ATTACKS = st.lists(
    st.sampled_from(
        [
            "![", "[", "]", "(", ")", "](", "<", ">", "!", "\\", "@", "channel", "<!channel>",
            "@here", "http://evil.example/p", "https:", "//", "&lt;", "&#60;", "&amp;", "img src=x",
            "<a href='", "javascript:", "*", "_", "`", "\u200b", "\n", " ", "word", "[1]", "|",
            "<!--", "-->", "@\u200bchannel", "＠everyone", "www.evil.example/q",
        ]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(ATTACKS)
def test_nothing_that_a_platform_acts_on_survives(text: str):
    read = plain(text)
    assert not re.search(r"(?i)https?://", read)
    assert not re.search(r"(?<![\w.%+-])[@＠](channel|here|everyone)", read)
    assert not re.search(r"<[!@#a-zA-Z/]", read)
    assert "](" not in read
    assert "![" not in read
    assert not re.search(r"\[\d+\]", read)
    assert "\u200b" not in read


@given(st.text(max_size=200))
def test_reading_never_fails_and_ends_with_a_mark(text: str):
    read = plain(text)
    assert read == "" or read.rstrip("\"'”’»)]")[-1] in ".!?…。！？"


def test_a_line_that_is_a_known_heading_is_no_sentence():
    text = "The standard  tour\n\nStarts at the model ship\n\nTakes 50 minutes"
    kinds = [span.kind for span in split_sentences(text, ("The standard tour",))]

    assert kinds == [UnitKind.HEADING, UnitKind.SENTENCE, UnitKind.SENTENCE]


def test_a_sentence_goes_on_behind_a_blank_line_where_its_lines_were_paragraphs():
    text = (
        "The Licensee must not alter, modify or prepare any\n\n"
        "derivative work of the software.\n\nAnother sentence stands alone."
    )

    assert units(text) == [text[: text.index("\n\nAnother")], "Another sentence stands alone."]


def test_a_short_line_before_a_blank_line_ends():
    assert units("Summary\n\nand so on it goes.") == ["Summary", "and so on it goes."]


def test_lettered_clauses_are_items():
    text = "The Licensee shall not:\n\n(a) copy the software;\n\n(ii) rent it; or\n\n(3) sell it."
    spans = split_sentences(text)

    assert [span.kind for span in spans[1:]] == [UnitKind.ITEM] * 3
    assert [span.lead for span in spans[1:]] == [0, 0, 0]
    assert plain(text[spans[1].start : spans[1].end]) == "copy the software."


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("Item | 2025 | 2024", "Item: iPhone; 2025: 209,586; 2024: 201,183."),
        ("2025 | 2024", "iPhone; 2025: 209,586; 2024: 201,183."),
        ("2025", "iPhone; 209,586; 201,183."),
    ],
)
def test_rows_of_a_table_that_began_before_get_its_columns_where_they_fit(columns, expected):
    text = "| iPhone | 209,586 | 201,183 |\n| Mac | 33,708 | 29,984 |"

    assert plain_unit(text, split_sentences(text), 0, columns) == expected


@pytest.mark.parametrize(
    ("front", "body"),
    [
        ("---\ntitle: Ropes\n---\n", "Ropes last."),
        ('---\n# by hand\n\n"owner": Dock\n...\n', "Ropes last."),
        ('+++\ntitle = "Ropes"\n+++\n', "Ropes last."),
        ("", "---\nRopes last a year: no longer.\n---\nMore."),
        ("", "---\ntitle: Ropes\n\nNothing closes it."),
        ("", "A line.\n---\ntitle: Ropes\n---\n"),
    ],
)
def test_front_matter_is_closed_and_begins_with_a_key(front: str, body: str):
    assert body_start(front + body) == len(front)
    kinds = [span.kind for span in split_sentences(front + body)]
    assert (UnitKind.FRONT in kinds) == bool(front)


@pytest.mark.parametrize("run", ["`", "``", "` ", "*", "_", "~~", "[", "\\", "&amp;"])
def test_a_run_of_marks_is_taken_off_at_once(run: str):
    before = time.process_time()

    plain(run * 5_000)

    assert time.process_time() - before < 5  # a search in every length of the run takes minutes
