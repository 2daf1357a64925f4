"""Markdown and plain text: kept verbatim, with the headings a reader sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.plain.front import parse_markdown, parse_plain
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()


def outline(parsed: ParsedText) -> list[tuple[int, str]]:
    return [(heading.level, heading.title) for heading in parsed.headings]


def test_atx_and_setext_headings_are_found_at_their_lines() -> None:
    parsed = parse_markdown("Top\n===\n\ntext\n\n## Leave ##\n\nmore\n\nSub\n---\n", LIMITS)
    assert outline(parsed) == [(1, "Top"), (2, "Leave"), (2, "Sub")]
    lines = [parsed.text[h.start :].split("\n")[0] for h in parsed.headings]
    assert lines == ["Top", "## Leave ##", "Sub"]


def test_what_looks_like_a_heading_in_a_fence_is_code() -> None:
    text = "# Real\n\n```sh\n# comment\n```\n\n~~~\n# no\n```\n# still no\n~~~\n\n## Also real\n"
    assert outline(parse_markdown(text, LIMITS)) == [(1, "Real"), (2, "Also real")]


def test_markup_in_a_heading_is_not_part_of_its_title() -> None:
    text = '# The **bold** [guide](a.md) to `x_y`\\!<a name="g"></a>\n'
    assert outline(parse_markdown(text, LIMITS)) == [(1, "The bold guide to x_y!")]


def test_tables_lists_and_rules_are_no_setext_headings() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n\n- item\n---\n\nx | y\n--- | ---\n1 | 2\n"
    parsed = parse_markdown(text, LIMITS)
    assert parsed.headings == ()
    assert parsed.tables == 2


def test_hashes_without_a_space_are_text() -> None:
    assert parse_markdown("#hashtag\n\n####### seven\n", LIMITS).headings == ()


def test_the_title_comes_from_front_matter_before_the_first_heading() -> None:
    text = '---\ntitle: "Leave policy"\ntags: [hr]\n---\n\n# Something else\n'
    assert parse_markdown(text, LIMITS).title == "Leave policy"
    assert parse_markdown("## Sub\n\n# Main\n", LIMITS).title == "Main"
    assert parse_markdown("no heading", LIMITS).title == ""


def test_the_title_comes_from_toml_front_matter_too() -> None:
    parsed = parse_markdown('+++\ntitle = "Leave policy"\n# a comment\n+++\n\n# Other\n', LIMITS)
    assert parsed.title == "Leave policy"
    assert [heading.title for heading in parsed.headings] == ["Other"]


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    parsed = parse_markdown("---\n\n# Heading\n\n---\n", LIMITS)
    assert outline(parsed) == [(1, "Heading")]


def test_the_text_is_kept_but_for_line_ends_and_control_characters() -> None:
    assert parse_markdown("a\r\nb\rc\x00d  \n", LIMITS).text == "a\nb\ncd  \n"


def test_plain_text_is_not_read_as_markdown() -> None:
    parsed = parse_plain("# not a heading\n\ntext", LIMITS)
    assert (parsed.headings, parsed.title, parsed.text) == ((), "", "# not a heading\n\ntext")


def test_blank_text_is_reported_as_empty() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_plain(" \n\t\u00a0\n", LIMITS)
    assert caught.value.code is FailureCode.EMPTY


@given(st.text(alphabet=st.sampled_from("#=-`~ \n[]()<>_*|\\a:"), max_size=300))
def test_headings_of_any_markdown_lie_within_it_in_order(text: str) -> None:
    try:
        parsed = parse_markdown(text, LIMITS)
    except DocumentError:
        return
    starts = [heading.start for heading in parsed.headings]
    assert starts == sorted(set(starts))
    assert all(at == 0 or parsed.text[at - 1] == "\n" for at in starts)


@pytest.mark.parametrize("line", ["[" * 200_000, "[a](" * 100_000, "|-" * 200_000, "<" * 200_000])
def test_endless_lines_of_markup_cost_little(line: str) -> None:
    assert parse_markdown(f"# {line}\n{line}\n", LIMITS).text.startswith("# ")
