"""Chunks: exact offsets, nothing lost, sections kept apart."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import Chunk, Heading, PageSpan, ParsedText


def visible(text: str) -> str:
    return "".join(text.split())


def headed(*sections: tuple[int, str, str]) -> ParsedText:
    """A text of sections, each with level, title and body."""
    text, headings = "", []
    for level, title, body in sections:
        headings.append(Heading(level, title, len(text)))
        text += f"{title}\n\n{body}\n\n" if body else f"{title}\n\n"
    return ParsedText(text.rstrip("\n"), headings=tuple(headings))


def sentences(count: int, topic: str = "leave") -> str:
    return " ".join(f"Sentence {n} says something about {topic}." for n in range(count))


def texts(chunks: list[Chunk]) -> list[str]:
    return [piece.text for piece in chunks]


PIECES = [
    *("word ", "Ende. ", "\n", "\n\n", "| a | b |\n", "| --- | --- |\n", "```\n"),
    *("- item\n", "x" * 90, "漢字。", "\t", " \n", "\u00a0", "# h\n"),
]


@st.composite
def parsed_texts(draw: st.DrawFn) -> ParsedText:
    pieces = st.sampled_from(PIECES)
    text = "".join(draw(st.lists(pieces, max_size=120)))
    starts = draw(st.lists(st.integers(0, max(len(text) - 1, 0)), max_size=8, unique=True))
    line_starts = sorted({text.rfind("\n", 0, start) + 1 for start in starts}) if text else []
    headings = [
        Heading(draw(st.integers(1, 6)), text[at : at + 20].strip() or "h", at)
        for at in line_starts
    ]
    return ParsedText(text, headings=tuple(headings))


@given(parsed_texts(), st.text(max_size=60), st.integers(1, 400), st.integers(0, 120))
def test_every_visible_character_is_in_exactly_one_chunk_at_its_offsets(
    parsed: ParsedText, title: str, max_chars: int, min_chars: int
) -> None:
    chunks = chunk(parsed, title, max_chars=max_chars, min_chars=min_chars)
    assert [piece.ordinal for piece in chunks] == list(range(len(chunks)))
    assert all(parsed.text[piece.start : piece.end] == piece.text for piece in chunks)
    assert all(piece.text == piece.text.strip() != "" for piece in chunks)
    assert all(a.end <= b.start for a, b in pairwise(chunks))
    assert "".join(visible(piece.text) for piece in chunks) == visible(parsed.text)


@given(parsed_texts(), st.integers(60, 400))
def test_no_chunk_exceeds_the_budget_but_for_bare_headings_at_the_end(
    parsed: ParsedText, max_chars: int
) -> None:
    for piece in chunk(parsed, "Title", max_chars=max_chars):
        assert len(piece.text) <= max_chars


def test_title_and_heading_path_count_towards_the_budget() -> None:
    parsed = headed((1, "Handbook", ""), (2, "Leave", sentences(100)))
    chunks = chunk(parsed, "The handbook of the house", max_chars=400)
    assert len(chunks) > 5
    assert max(len(piece.embedded_text) for piece in chunks) <= 400


def test_a_long_title_leaves_half_of_the_budget_to_the_text() -> None:
    chunks = chunk(ParsedText(sentences(50)), "t" * 1000, max_chars=400)
    assert all(100 <= len(piece.text) <= 200 for piece in chunks)


def test_a_chunk_never_holds_text_of_two_sections() -> None:
    parsed = headed((1, "Leave", "Short."), (1, "Travel", "Also short."))
    assert texts(chunk(parsed, "")) == ["Leave\n\nShort.", "Travel\n\nAlso short."]


def test_the_heading_path_follows_the_levels() -> None:
    parsed = headed((1, "A", "a text"), (2, "B", "b text"), (3, "C", "c text"), (2, "D", "d text"))
    paths = [piece.heading_path for piece in chunk(parsed, "")]
    assert paths == [("A",), ("A", "B"), ("A", "B", "C"), ("A", "D")]


def test_a_heading_without_text_goes_with_the_next_section() -> None:
    parsed = headed((1, "Handbook", ""), (2, "Leave", "Thirty days."), (2, "End", ""))
    chunks = chunk(parsed, "")
    assert texts(chunks) == ["Handbook\n\nLeave\n\nThirty days.\n\nEnd"]
    assert chunks[0].heading_path == ("Handbook", "Leave")


def test_a_text_of_headings_only_is_one_chunk() -> None:
    assert texts(chunk(headed((1, "A", ""), (1, "B", "")), "")) == ["A\n\nB"]


def test_text_before_the_first_heading_has_no_path() -> None:
    parsed = ParsedText("Preface.\n\nLeave\n\nDays.", headings=(Heading(1, "Leave", 10),))
    assert [piece.heading_path for piece in chunk(parsed, "")] == [(), ("Leave",)]


def test_cuts_fall_at_blank_lines_before_lines_and_sentences() -> None:
    first, second = sentences(8), sentences(9, "travel")
    chunks = chunk(ParsedText(f"{first}\n\n{second}"), "", max_chars=500)
    assert texts(chunks) == [first, second]


def test_a_long_paragraph_is_cut_at_sentences() -> None:
    chunks = chunk(ParsedText(sentences(60)), "", max_chars=300)
    assert len(chunks) > 5
    assert all(piece.text.endswith(".") for piece in chunks)


def test_japanese_is_cut_at_its_own_full_stops() -> None:
    chunks = chunk(ParsedText("休暇は三十日です。" * 60), "", max_chars=100)
    assert all(piece.text.endswith("。") for piece in chunks)


def test_a_table_is_cut_between_its_rows_and_keeps_its_head_with_a_row() -> None:
    rows = "\n".join(f"| item {n} | {n * 7} euro |" for n in range(60))
    chunks = chunk(ParsedText(f"| name | price |\n| --- | --- |\n{rows}"), "", max_chars=300)
    assert all(piece.text.startswith("| ") and piece.text.endswith(" |") for piece in chunks)
    assert "item 0" in chunks[0].text


def test_fenced_code_stays_whole_where_it_fits() -> None:
    code = "```\n" + "\n\n".join(f"line {n} = {n}" for n in range(12)) + "\n```"
    text = f"{sentences(6)}\n\n{code}\n\n{sentences(6)}"
    assert sum(code in piece.text for piece in chunk(ParsedText(text), "", max_chars=400)) == 1


def test_the_last_chunk_of_a_section_is_no_scrap() -> None:
    for length in range(780, 1000, 7):
        chunks = chunk(ParsedText(("word " * 300)[:length]), "", max_chars=800, min_chars=100)
        assert all(len(piece.text) >= 90 for piece in chunks)


def test_a_chunk_carries_the_page_on_which_it_starts() -> None:
    text = f"{'a ' * 100}\n\n{'b ' * 100}\n\n{'c ' * 100}"
    pages = (PageSpan(4, 0, 200), PageSpan(5, 202, 402), PageSpan(9, 404, 604))
    chunks = chunk(ParsedText(text, pages=pages), "", max_chars=250)
    assert [piece.page for piece in chunks] == [4, 5, 9]


def test_chunks_of_a_format_without_pages_have_none() -> None:
    assert chunk(ParsedText("some text"), "")[0].page is None


def test_five_megabytes_in_one_line_are_chunked_in_linear_time() -> None:
    started = time.process_time()
    assert len(chunk(ParsedText("x" * 5_000_000), "Title")) > 6000
    assert time.process_time() - started < 5


def test_a_table_s_header_goes_with_every_chunk_of_its_rows() -> None:
    rows = [f"| {number} | item \\| {number} |" for number in range(60)]
    table = "\n".join(["| No. | Name |", "| --- | --- |", *rows])
    text = f"Stock\n\nBefore.\n\n{table}\n\nAfter the table there is more to say."
    parsed = ParsedText(text=text, headings=(Heading(1, "Stock", 0),))
    chunks = chunk(parsed, "", max_chars=300)
    assert chunks[0].heading_path == ("Stock",)
    begun_in_table = [piece for piece in chunks if piece.text.startswith("| ")]
    assert len(begun_in_table) > 3
    assert {piece.heading_path for piece in begun_in_table} == {("Stock", "No. | Name")}
    assert all(piece.text == text[piece.start : piece.end] for piece in chunks)
    assert max(len(piece.embedded_text) for piece in chunks) <= 300


def test_a_long_table_header_is_cut_between_its_cells() -> None:
    header = "| " + " | ".join(f"column {number}" for number in range(100)) + " |"
    text = "\n".join([header, "|" + " --- |" * 100, *["| " + "x | " * 100] * 9])
    chunks = chunk(ParsedText(text=text), "")
    carried = chunks[-1].heading_path[0]
    assert carried.startswith("column 0 | column 1")
    assert header.startswith(f"| {carried} |")
    assert len(carried) <= 200


@pytest.mark.parametrize("unit", ["|---\n", "-", " ", "|", "```\n", "- a\n", "|-|\n"])
def test_odd_texts_are_cut_in_linear_time(unit: str) -> None:
    text = unit * (300_000 // len(unit)) + "x"
    chunks = chunk(ParsedText(text=text), "")
    assert "".join("".join(c.text.split()) for c in chunks) == "".join(text.split())
