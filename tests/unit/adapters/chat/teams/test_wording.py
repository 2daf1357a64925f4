"""Whatever documents, files and people are called, no message in Teams calls or leads anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.chat.sayings import LINK
from tests.teams.limits import check_activity, check_card
from tests.unit.adapters.chat.attacks import ATTACKS, TEXTS, sayings
from wellread.adapters.chat.answer_text import as_markdown, settled
from wellread.adapters.chat.teams.cards import MOST_BYTES
from wellread.adapters.chat.teams.rendering import Account, rendered
from wellread.adapters.chat.teams.wording import in_line, linked, shown_name

_TAG = re.compile(r"<[^\s<=>\d][^<>]*>")
_LINKED = re.compile(r"\]\(([^)\s]*)\)")
_ADDRESS = re.compile(
    r"(?i)(?<![\w+.-])(?:(?:https?|ftp|javascript|mailto|tel):[^\s<>()]+|www\.\S+)"
)
_FIXED = {"type", "@type", "@context", "@id", "$schema", "contentType", "additionalType", "verb"}


_PLAIN = {"title", "name", "abstract", "keywords"}


def strings(value: Any, plain: bool = False) -> Iterator[tuple[str, bool]]:
    """Every text that a client would show or follow, and whether it shows it as it is."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _FIXED | {"data", "mentioned"}:
                yield from strings(inner, name in _PLAIN)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner, plain)
    elif isinstance(value, str):
        yield value, plain


def leads(text: str, ours: set[str], *, plain: bool = False) -> set[str]:
    """What a client would act on in a text."""
    if plain:
        return set(_ADDRESS.findall(text))
    bare = text.replace(LINK, "")
    for each in ours:
        bare = bare.replace(each, "")
    outside = re.sub(r"```.*?(?:```|\Z)|`[^`\n]+`", "", bare, flags=re.DOTALL)
    found = {each for each in _LINKED.findall(bare) if each}
    return found | set(_TAG.findall(outside)) | set(_ADDRESS.findall(bare))


def check_all(text: str) -> None:
    def account(id: str) -> Account:
        return Account(f"29:{id}", text, id)

    for each in sayings(text, "ann", "bob", "helpers"):
        for message in rendered(each, account):
            activity = message.as_activity
            check_activity(activity)
            assert message.fits
            mentions = {e["text"] for e in message.entities if e["type"] == "mention"}
            assert len(mentions) <= 1
            for words, plain in strings(activity):
                assert leads(words, mentions, plain=plain) == set(), (type(each), words)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_gets_into_a_message(text: str) -> None:
    check_all(text)


@given(TEXTS)
def test_no_words_get_a_mention_or_a_link_into_a_message(text: str) -> None:
    check_all(text)


@given(st.lists(st.sampled_from([*ATTACKS, "words ", "\n", "<", "<a", "t>", "@", "`"])))
def test_no_words_get_a_mention_or_a_link_into_what_grows(pieces: list[str]) -> None:
    text = "Hello "
    for piece in pieces:
        text += piece
        assert leads(settled(as_markdown(text)), set()) == set()


def test_a_link_is_ours_or_there_is_none() -> None:
    assert linked(LINK, "a[b](c)|d") == f"[a(b) (c)|d]({LINK})"
    assert linked("https://docs.example/a)b c", "x") == "x"
    assert linked("https://docs.example/a)b", "x") == "[x](https://docs.example/a%29b)"
    assert linked("javascript:alert(1)", "x") == "x"


def test_names_and_lines_stay_what_they_are() -> None:
    assert shown_name("Ann <b>O'Neil</b>") == "Ann bO'Neil/b"
    assert shown_name("") == "Somebody"
    assert in_line("R&D: 5 < 7\nand more") == "R&D: 5 < 7 and more"


def test_the_largest_answer_is_within_the_limit() -> None:
    for words in ("漢字" * 20_000, "😀 " * 20_000, "a " * 60_000):
        for each in sayings(words, "ann", "bob", "helpers"):
            for message in rendered(each, lambda id: Account(id, "Ann " * 900, id)):
                activity = message.as_activity
                check_activity(activity)
                assert message.fits, (type(each), MOST_BYTES)


def test_a_card_of_the_stand_in_is_one() -> None:
    (message,) = rendered(next(sayings("x", "ann", "bob", "h")), lambda id: Account(id, "", id))

    assert message.card is not None
    check_card(message.card)


@pytest.mark.parametrize(
    "name", ["evil.com", "ht<tps://ev>il.com/x", "www*.evil.com", "[evil.com]"]
)
def test_whatever_somebody_calls_themselves_is_no_address(name: str) -> None:
    assert "evil.com" not in shown_name(name)
    assert "://" not in shown_name(name)


def test_a_name_stays_as_it_is() -> None:
    assert shown_name("Ann O\u2019Neill-M\u00fcller (HR) ") == "Ann O\u2019Neill-M\u00fcller (HR)"
