"""Page numbers and titles in texts that came from pages."""

from __future__ import annotations

import pytest

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.plain.front import parse_plain

PROSE = "The tenant keeps the rooms clean and tells the landlord of every damage at once.\n" * 25


def paged(foot: str, count: int = 6, between: str = "\n") -> str:
    return between.join(f"{PROSE}\n{foot.format(n)}\n" for n in range(3, 3 + count))


def parsed(text: str) -> str:
    return parse_plain(text, ParseLimits()).text


@pytest.mark.parametrize(
    "foot",
    [
        "Page {}",
        "01/2022 Page {} of 50",
        "Lease of rooms | {}",
        "- {} -",
        "12{}",
        "CITY HOUSING CORPORATION 2025 Terms {}",
    ],
)
def test_page_numbers_that_rise_through_a_text_are_left_out(foot: str) -> None:
    assert parsed(paged(foot)).split() == (PROSE * 6).split()


def test_a_title_beside_page_numbers_is_said_once() -> None:
    text = parsed(paged("Page {}\nLEASE OF ROOMS"))
    assert text.count("LEASE OF ROOMS") == 1
    assert "Page" not in text


def test_page_ends_that_are_marked_tell_running_lines() -> None:
    short = "\f".join(f"Lease\nThe rent is {n} crowns.\nSigned {n}" for n in (40, 7, 99, 3, 12))
    text = parsed(short)
    assert text.startswith("Lease\nThe rent is 40 crowns.\nSigned 40\n\nThe rent is 7")
    assert text.count("Signed") == 5


def test_a_sentence_over_the_end_of_a_page_is_whole() -> None:
    names = ["Kari", "Ola", "Liv", "Nils", "Siri"]
    pages = enumerate(names, 1)
    text = "\n".join(f"{PROSE}and {name}\n\nPage {n}\n\nor {name} may ask.\n" for n, name in pages)
    for name in names:
        assert f"and {name}\nor {name} may ask." in parsed(text)


@pytest.mark.parametrize(
    "line",
    [
        "Section {}",
        "Step {} of 9",
        "Exhibit {}",
        "Payment of Installment No. {}",
        "The rent for month {} is due.",
        "{}. The tenant pays.",
        "No smoking.",
    ],
)
def test_headings_lists_and_sentences_that_come_back_stay(line: str) -> None:
    text = paged(line)
    assert parsed(text) == text


def test_numbers_that_stand_close_do_not_rise_or_are_few_stay() -> None:
    close = "\n".join(f"{n}\n{PROSE[:300]}" for n in range(1, 9))
    falling = "\n".join(f"{PROSE}\nPage {n}\n" for n in (9, 2, 7, 1, 30))
    few = paged("Page {}", count=3)
    assert [parsed(text) for text in (close, falling, few)] == [close, falling, few]


def test_numbers_far_above_the_count_of_pages_are_content() -> None:
    text = "\f".join(f"Invoice {1000 + n}\nTo pay: {n * n} crowns" for n in range(8))
    assert parsed(text) == text.replace("\f", "\n")
