"""Answers in pieces that Slack takes: nothing is lost, and nothing is cut where it must not be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.chat.answer_text import (
    MARKDOWN_CHARACTERS,
    Table,
    as_markdown,
    messages,
)


def strings(text: str) -> list[str]:
    return [each for message in messages(text) for each in message if isinstance(each, str)]


def sizes(text: str) -> list[int]:
    return [
        sum(len(each) + 2 for each in message if isinstance(each, str))
        for message in messages(text)
    ]


def test_a_short_answer_is_one_piece() -> None:
    text = as_markdown("Lending rules\n> 28 days [1]\nand more.\n- one\n- two")

    assert messages(text) == [["Lending rules\n\n> 28 days [1]\n\nand more.\n\n- one\n- two"]]


def test_a_code_block_is_closed_and_opened_again_where_it_is_too_long() -> None:
    code = "\n".join(f"line_{number} = {'x' * 90}" for number in range(300))

    parts = strings(as_markdown(f"Before\n```python\n{code}\n```\nAfter"))

    assert len(parts) > 1
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert all(size <= MARKDOWN_CHARACTERS for size in sizes(as_markdown(f"```\n{code}\n```")))
    assert "\n".join(parts).count("line_") == 300


def test_a_code_block_that_does_not_end_does_not_take_in_what_follows() -> None:
    assert as_markdown("```\nx = 1").endswith("\n```")


def test_a_quotation_that_is_too_long_is_one_in_every_part() -> None:
    quote = " ".join(f"word{number}" for number in range(4000))

    parts = strings(as_markdown(f"> {quote} [1]"))

    assert len(parts) > 2
    assert all(part.startswith("> ") for part in parts)
    assert sum(part.count("word") for part in parts) == 4000


def test_a_quotation_is_not_cut_where_it_fits_into_the_next_message() -> None:
    filler = "Words. " * 1600
    quote = "> " + "Quoted words. " * 100 + "[1]"

    first, second = messages(as_markdown(f"{filler}\n\n{quote}"))

    assert second == [quote]
    assert first == [filler.strip()]


def test_a_table_keeps_its_rows_and_no_cell_is_empty() -> None:
    text = as_markdown("| a | b |\n| --- | --- |\n| **1** |  |\n| x \\| y | 2 | [1]")

    (found,) = messages(text)

    assert found == [Table((("a", "b"), ("1", "–"), ("x | y", "2"))), "[1]"]


def test_tables_that_slack_does_not_take_are_code() -> None:
    wide = "| " + " | ".join(f"column{n}" for n in range(30)) + " |\n|---|\n" + "| 1 |" * 1
    long = "| a |\n|---|\n" + "\n".join(f"| {number} |" for number in range(150))

    for text in (wide, long):
        (found,) = messages(as_markdown(text))
        assert [isinstance(each, str) and each.startswith("```") for each in found] == [True]


@given(
    st.lists(
        st.sampled_from(
            [
                "> quote",
                "| a | b |",
                "|---|---|",
                "- item",
                "1. item",
                "```",
                "words",
                "",
                "x" * 300,
                "~~~",
                "> | a |",
                "# Heading",
                "  deeper",
                "> ```",
            ]
        ),
        max_size=120,
    )
)
def test_whatever_an_answer_is_made_of_fits_into_messages(lines: list[str]) -> None:
    text = as_markdown("\n".join(lines))
    found = messages(text)

    assert all(size <= MARKDOWN_CHARACTERS for size in sizes(text))
    assert all(sum(isinstance(each, Table) for each in message) <= 1 for message in found)
    assert as_markdown(text) == text
    assert str(found).count("quote") == sum(line == "> quote" for line in lines)


@given(
    st.lists(
        st.sampled_from(["A sentence [1]. ", "\n> a quote [2]\n", "\n- item\n", "\n\n", "more "]),
        max_size=40,
    )
)
def test_what_is_shown_of_a_growing_answer_is_its_beginning(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = as_markdown(text)

    for end in range(len(text) + 1):
        begun = as_markdown(text[:end])
        shown = begun[: max(begun.rfind(" "), begun.rfind("\n"), 0)].rstrip()
        assert whole.startswith(shown) or not text[:end].endswith((" ", "\n"))
