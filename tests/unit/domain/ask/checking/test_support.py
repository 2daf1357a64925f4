"""What the words of a source support, and what they do not."""

from __future__ import annotations

import time

import pytest

from wellread.domain.ask.checking.support import supported

_HANDBOOK = """## Bicycles

Staff may borrow a company bicycle for up to 14 days. The bicycle must be returned to the porter
before 18:00. A helmet is recommended. Bicycles cannot be taken abroad. The porter hands the key to
the borrower after the deposit has been paid.

| Model | Price per day | Deposit |
| --- | --- | --- |
| City | 4 euros | 50 euros |
| Cargo | 9 euros | 120 euros |

Repairs are free if the damage was reported within two days. Lights might fail in heavy rain. Only
members of the cycling club can use the workshop.
"""


@pytest.mark.parametrize(
    "claim",
    [
        "Staff may borrow a company bicycle for up to 14 days.",
        "You can borrow a company bicycle for up to 14 days.",
        "You may borrow a bicycle for up to fourteen days.",
        "The bicycle must be returned to the porter before 18:00.",
        "Yes, a helmet is recommended.",
        "You can't take bicycles abroad.",
        "A cargo bicycle costs 9 euros per day.",
        "The deposit for the cargo model is 120 euros.",
        "Repairs are free if the damage was reported within 2 days.",
        "Lights might fail in heavy rain.",
        "Staff may borrow a bicycle for up to 14 days, and it must be returned before 18:00.",
        "The borrower is handed the key by the porter after the deposit has been paid.",
        "Only members of the cycling club can use the workshop.",
    ],
)
def test_what_the_source_says_stays(claim: str) -> None:
    assert supported(claim, _HANDBOOK, "Staff handbook > Bicycles")


@pytest.mark.parametrize(
    ("kind", "claim"),
    [
        ("number", "Staff may borrow a company bicycle for up to 21 days."),
        ("number of the source", "The deposit for the cargo model is 50 euros."),
        ("negation", "Bicycles can be taken abroad."),
        ("negation", "Staff may not borrow a company bicycle."),
        ("modality", "Staff must borrow a company bicycle for up to 14 days."),
        ("modality", "The bicycle may be returned to the porter before 18:00."),
        ("modality", "A helmet must be worn."),
        ("modality", "Lights always fail in heavy rain."),
        ("hedge", "Lights fail in heavy rain."),
        ("time", "The bicycle must be returned to the porter after 18:00."),
        ("name", "Bicycles are insured with Alvora."),
        ("elsewhere", "The canteen serves breakfast from seven."),
    ],
)
def test_what_the_source_does_not_say_falls(kind: str, claim: str) -> None:
    assert not supported(claim, _HANDBOOK, "Staff handbook > Bicycles"), kind


def test_two_values_that_changed_places_fall() -> None:
    source = "The morning shift needs three guards, the night shift needs seven guards."
    assert supported("The morning shift needs three guards, the night shift seven.", source)
    assert not supported(
        "The morning shift needs seven guards, the night shift needs three guards.", source
    )


def test_two_names_that_changed_places_fall_but_a_passive_stays() -> None:
    source = "Orlan Ltd pays the annual fee to Brevik Ltd."
    assert not supported("Brevik Ltd pays the annual fee to Orlan Ltd.", source)
    assert supported("The annual fee is paid to Brevik Ltd by Orlan Ltd.", source)


def test_an_abbreviation_that_the_source_resolves_stays() -> None:
    source = "Requests go to the Central Purchasing Office, which answers within a week."
    assert supported("Requests go to the CPO.", source)


def test_the_title_is_part_of_what_the_source_says() -> None:
    assert supported("The Kestrel pump holds 40 litres.", "It holds 40 litres.", "Kestrel pump")
    assert not supported("The Kestrel pump holds 40 litres.", "It holds 40 litres.", "Heron pump")


def test_columns_in_the_head_name_the_cells_of_a_table_that_began_before() -> None:
    rows = "| North | 12 | 30 |\n| South | 18 | 44 |"
    head = "Stations > Station | Staff | Lockers"
    assert supported("The South station has a staff of 18.", rows, head)
    assert not supported("The South station has a staff of 12.", rows, head)


def test_figures_and_denials_are_seen_in_german() -> None:
    source = "Die Kündigungsfrist beträgt 6 Wochen. Haustiere sind nicht erlaubt."
    assert supported("Die Kündigungsfrist beträgt sechs Wochen.", source)
    assert not supported("Die Kündigungsfrist beträgt 8 Wochen.", source)
    assert not supported("Haustiere sind erlaubt.", source)


@pytest.mark.parametrize("text", ["", " ", "...", "| | |", "中文没有空格。", "\u200b", "```\nx"])
def test_whatever_the_text_a_verdict_is_given(text: str) -> None:
    assert supported(text, _HANDBOOK) in (True, False)
    assert not supported("The bicycle is red.", text)


@pytest.mark.parametrize("piece", ["The pump of hall {} takes {} litres. ", "pump {} litre {} "])
def test_a_long_source_takes_little_longer_a_character(piece: str) -> None:
    def seconds(count: int) -> float:
        source = "".join(piece.format(n, n + 3) for n in range(count))
        began = time.perf_counter()
        for n in range(5):
            supported(f"The pump of hall {n} takes {n + 3} litres.", source)
        return time.perf_counter() - began

    seconds(10)
    short, long = min(seconds(60) for _ in range(3)), min(seconds(300) for _ in range(3))
    assert long < 25 * short + 0.1


def test_a_sentence_without_end_falls_at_once() -> None:
    began = time.perf_counter()
    assert not supported("The pump takes 40 litres and " * 4_000, "The pump takes 40 litres.")
    assert time.perf_counter() - began < 1
