"""Identifiers are wholes: other spellings are the same, other orders are not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wellread.domain.ask.searching.identifiers import (
    identifier_words,
    identifiers,
    names_identifier,
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Where do I find 10.7.0.3?", ["10.7.0.3"]),
        ("What does clause 7.3.2 say?", ["7.3.2"]),
        ("What is part 400-600-500?", ["400.600.500"]),
        ("What is new in version 6.4?", ["6.4"]),
        ("What is new in v6.4.1?", ["6.4.1"]),
        ("Is PPR-5512 open?", ["ppr5512"]),
        ("is ppr-5512 open?", ["ppr5512"]),
        ("What does B-305 mean?", ["b305"]),
        ("What does B305 mean?", ["b305"]),
        ("What does alarm B 305 mean?", ["b305"]),
        ("What is G47d for?", ["g47d"]),
        ("What is form G-47d for?", ["g47d"]),
        ("Which bolt is M6 x 25?", ["m6x25"]),
        ("Which bolt is M6×25?", ["m6x25"]),
        ("Do we follow ISO 9001?", ["9001"]),
        ("error 5512", ["5512"]),
        ("error code 5512", ["5512"]),
        ("What does ticket #5512 say?", ["5512"]),
        ("Is AB-34-CD in stock?", ["ab34cd"]),
        ("Who took R-34-2?", ["r34.2"]),
        ("What happened on 07-08-2031?", ["7.8.2031"]),
        ("What happened on 2031-08-07?", ["2031.8.7"]),
        ("What does rel-6.4.1.txt say?", ["6.4.1"]),
        ("Is 00:1A:2B:3C:4D:5E ours?", ["00.1a2b3c4d5e"]),
        ("serial 0012", ["0012"]),
        ("How big is db.q7.medium?", ["db.q7medium"]),
        ("Who signed on 7/8/31?", ["7.8.31"]),
        ("Above 70,000 or 0012?", ["0012"]),
    ],
)
def test_identifiers_are_named_whole(text, named):
    assert list(identifiers(text)) == named


@pytest.mark.parametrize(
    "text",
    [
        "How long after 8 years of service?",
        "Is 42 Kronen enough, or 1.000.000?",
        "What happened in 2031?",
        "Is 10 GB or 10GB the limit?",
        "Do we open at 9:00 or 9:00-17:00?",
        "From 3 to 15, or 3-15?",
        "A 30 day notice of 12-month leave on the 2nd?",
        "Can I spend 1500 on a laptop, or EUR 1500, or $1,500.00?",
        "Are the top-10 of mid-2031 and FY2031 or FY31 known for 2030-31?",
        "A screen of 1920x1080 or 4K, 3.5 kg, 1/2 or 24/7?",
        "What does section 5 say?",
    ],
)
def test_amounts_times_and_years_are_no_identifiers(text):
    assert identifiers(text) == ()


def test_the_words_of_identifiers_and_of_what_announces_them_are_told_from_others():
    assert identifier_words("What does error code E-5512 say of 42 pumps?") == (
        {"e", "5512"},
        {"error", "code"},
    )
    assert identifier_words("How many pumps?") == (set(), set())


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("**E5512** means that the belt stands.", "5512"),
        ("E-5512: the belt stands.", "e5512"),
        ("Error 5512: the belt stands.", "e5512"),
        ("Error code 5512: the belt stands.", "e5512"),
        ("| 5512 | the belt stands |", "5512"),
        ("Alarm B-305.", "b305"),
        ("Form G 47d is for moves.", "g47d"),
        ("Form 47d is for moves.", "f47d"),
        ("M6x25 holds the door.", "m6x25"),
        ("M6 × 25 holds the door.", "m6x25"),
        ("## 7.3.2 Smoke", "7.3.2"),
        ("Release v6.4.1-beta", "6.4.1"),
        ("notes/rel-6.4.1.md", "6.4.1"),
        ("The printer is at 10.7.0.3.", "10.7.0.3"),
        ("The net is 10.7.0.3/24, port 10.7.0.3:80.", "10.7.0.3"),
        ("PN-400-600-500", "400.600.500"),
        ("ISO 9001:2015", "iso9001"),
        ("ISO-9001-compliant", "iso9001"),
        ("E5512/E5521", "e5521"),
        ("On 07.08.2031 it rained.", "7.8.2031"),
        ("On 7 August 2031 it rained.", "7.8.2031"),
        ("On 7 August 2031 it rained.", "2031.8.7"),
        ("On August 7, 2031 it rained.", "7.8.31"),
        ("| db\\.q7\\.medium | 8 |", "db.q7medium"),
    ],
)
def test_other_spellings_name_the_same(text, identifier):
    assert names_identifier(text, identifier)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("E5521 E5152 E55121", "e5512"),
        ("E5512b", "e5512"),
        ("F5512", "e5512"),
        ("Bed 5512", "e5512"),
        ("and 305", "a305"),
        ("A fee of 5512 EUR, or $5512, or 5512%", "5512"),
        ("A fee of 5,512 or 5.512, or 5512 kronor", "5512"),
        ("110.7.0.3, 10.7.0.31, 10.7.0.3.5", "10.7.0.3"),
        ("7.3.2.1 and 17.3.2", "7.3.2"),
        ("version 6.4.1", "6.4"),
        ("A.7.3", "7.3"),
        ("AB-34-CD", "ab34"),
        ("AB-34-CD", "34cd"),
        ("XX-AB-34", "ab34"),
        ("On 08-07-2031 it rained.", "7.8.2031"),
        ("B-305", "a305"),
    ],
)
def test_longer_ones_others_and_amounts_do_not(text, identifier):
    assert not names_identifier(text, identifier)


_PARTS = st.one_of(st.integers(10, 999).map(str), st.text("ABCDEFGH", min_size=2, max_size=2))


@given(st.lists(_PARTS, min_size=3, max_size=4, unique=True), st.sampled_from("-._"))
def test_no_order_of_the_parts_stands_for_another(parts, mark):
    assume(any(part.isdigit() for part in parts))
    written = mark.join(parts)
    (named,) = identifiers(f"Is code {written} known?")

    assert names_identifier(f"We know {written}.", named)
    for other in itertools.permutations(parts):
        if list(other) != parts:
            assert not names_identifier(f"We know {mark.join(other)} well.", named)


@given(st.text("ABCDEFGH", min_size=1, max_size=4), st.integers(100, 99999))
def test_every_spelling_is_found_for_every_other(letters, number):
    assume(letters not in ("AD", "BC", "CAD") and (len(letters) == 1 or not 1900 <= number < 2100))
    spellings = [f"{letters}{number}", f"{letters}-{number}", f"{letters} {number}"]
    for asked, written in itertools.product(spellings[:2], spellings):
        (named,) = identifiers(f"What is {asked} for?")
        assert names_identifier(f"It says that {written} is lost.", named)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_understood(text, other):
    for identifier in identifiers(text):
        assert names_identifier(text, identifier)
        names_identifier(other, identifier)
