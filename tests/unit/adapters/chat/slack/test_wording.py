"""Whatever documents, files and people are called, no message of ours calls or leads anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.contract.chat.sayings import LINK, answer, said
from tests.slack.limits import check_blocks
from tests.unit.adapters.chat.attacks import ATTACKS, TEXTS, sayings
from wellread.adapters.chat.answer_text import as_markdown
from wellread.adapters.chat.slack.panes import SlackPanes
from wellread.adapters.chat.slack.rendering import rendered
from wellread.adapters.chat.slack.stream import SlackStream
from wellread.adapters.chat.slack.wording import in_mrkdwn, linked, person
from wellread.adapters.chat.wording import in_plain
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.said import Home, HomeDocument, SaidReply

ANN = Person("slack", "T0TEAM", "U0ANN")
PLACE = Place("slack", "T0TEAM", "D0ANN", "1726133698.000000")
OURS = {"<@U0ANN>", "<@U0BOB>", "<!subteam^S0HELP>"}
_COMMAND = re.compile(r"<([^<>|]*)(?:\|[^<>]*)?>")
_ADDRESS = re.compile(
    r"(?i)(?<![\w+.-])(?:(?:https?|ftp|javascript|mailto|tel|slack):[^\s<>()|]+|www\.[a-z]\S*)"
)


def strings(value: Any, kind: str = "") -> Iterator[tuple[str, str]]:
    """Every text that Slack would show: its kind, and the text."""
    if isinstance(value, dict):
        kind = value.get("type", kind)
        for name, inner in value.items():
            if name not in ("value", "action_id", "type", "style"):
                yield from strings(inner, kind)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner, kind)
    elif isinstance(value, str):
        yield kind, value


def leads(kind: str, text: str) -> set[str]:
    """What Slack would act on in a text."""
    if kind in ("plain_text", "raw_text"):
        return set()
    # In code of a markdown block Slack acts on nothing; whether it thinks so, too, is not known.
    commands = {found[0] for found in _COMMAND.finditer(text) if found[1][:1] in ("!", "@", "#")}
    addresses = set(_ADDRESS.findall(text))
    return (commands - OURS) | {each for each in addresses if each != LINK}


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_gets_into_a_message(text: str) -> None:
    check_all(text)


@given(TEXTS)
@example("<!cha\u200bnnel> <https://evil.example|[1]> &lt;@U0EVE&gt;")
def test_no_words_get_a_mention_or_a_link_into_a_message(text: str) -> None:
    check_all(text)


def check_all(text: str) -> None:
    for each in sayings(text, "U0ANN", "U0BOB", "S0HELP"):
        for message in rendered(each):
            blocks = list(message.blocks)
            check_blocks(blocks)
            assert len(message.text) <= 4000
            shown = [*strings(blocks), ("mrkdwn", message.text)]
            assert shown
            for kind, words in shown:
                assert leads(kind, words) == set(), (type(each).__name__, kind, words)


class Calls:
    """Keeps what Slack is told, as `SlackWeb` would tell it."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        self.told.append({**arguments, "method": method})
        return {"ok": True, "ts": "1726133698.000001"}


@given(TEXTS)
@example("<!channel>")
def test_no_words_get_a_mention_or_a_link_onto_a_page_or_into_a_pane(text: str) -> None:
    calls = Calls()
    panes = SlackPanes(calls)  # type: ignore[arg-type]
    document = HomeDocument(text, LINK, text)

    panes.show_home(ANN, Home(1, (document,), (document,), (text,), (text,)))
    panes.suggest(PLACE, [text or "…"])
    panes.entitle(PLACE, text or "…")

    home, prompts, title = calls.told
    check_blocks(home["view"]["blocks"], most=100)
    shown = [*strings(home), *strings(prompts["prompts"], "mrkdwn"), ("mrkdwn", title["title"])]
    for kind, words in shown:
        assert leads(kind, words) == set(), (kind, words)


@given(st.lists(st.sampled_from([*ATTACKS, "words ", "\n", "<", "!cha", "nnel>", "@", "`"])))
@example(["Hello <!cha", "nnel> and more words"])
def test_no_words_get_a_mention_or_a_link_into_what_grows(pieces: list[str]) -> None:
    calls = Calls()
    stream = SlackStream(calls, "C0LAB", "Hello ")  # type: ignore[arg-type]
    stream.begin("1726133698.000000", ANN)
    for piece in pieces:
        stream.append(piece)

    shown = "".join(call["markdown_text"] for call in calls.told)
    assert leads("markdown", shown) == set()


@given(TEXTS)
def test_mrkdwn_of_untrusted_words_is_one_line_that_slack_reads_as_words(text: str) -> None:
    line = in_mrkdwn(text)

    assert "\n" not in line
    assert not set(line) & {"<", ">"}
    assert re.search(r"&(?!amp;|lt;|gt;)", line) is None


def test_the_words_of_a_text_stay_as_they_are() -> None:
    words = "R&D costs: 5 < 7 and 8 > 6, see `List<String>` in setup.py (chapter 3) [1]"

    assert as_markdown(words) == words
    assert in_mrkdwn("R&D: 5 < 7") == "R&amp;D: 5 &lt; 7"


def test_a_link_is_ours_or_there_is_none() -> None:
    assert linked(LINK, "a<b>|c") == f"<{LINK}|a&lt;b&gt;|c>"
    assert linked("https://docs.example/a|b>c", "x") == "<https://docs.example/a%7Cb%3Ec|x>"
    for address in (
        "",
        "lending-rules.pdf",
        "javascript:alert(1)",
        "https://a b.example",
        "https://[",
    ):
        assert linked(address, "Rules") == "Rules"


def test_only_ids_are_mentioned() -> None:
    assert person("U0ANN") == "<@U0ANN>"
    assert person("S0HELP") == "<!subteam^S0HELP>"
    for odd in ("", "U0ANN> <!channel", "everyone", "@U1"):
        assert person(odd) == ""


def test_where_there_is_more_of_a_document_is_said_by_its_source() -> None:
    assert as_markdown("Outline\nand 3 more (https://docs.example/x)") == "Outline\nand 3 more"


def test_words_on_a_button_are_cut_to_what_it_takes() -> None:
    assert in_plain("x" * 100, 75) == "x" * 74 + "…"
    assert in_plain("<!channel>", 75) == "…"


def test_a_reply_says_everything_that_can_be_done_about_it() -> None:
    (message,) = rendered(said(human=True, shareable=True))
    ids = [
        e["action_id"]
        for b in message.blocks
        if "elements" in b
        for e in b["elements"]
        if "action_id" in e
    ]

    assert ids == ["verdict", "human", "share"]
    (bare,) = rendered(said(judged=False))
    assert [block["type"] for block in bare.blocks] == ["markdown", "context"]


def test_a_question_that_no_button_can_carry_is_not_offered_to_be_shared() -> None:
    (message,) = rendered(said(question="é" * 3000, shareable=True, judged=False))

    assert isinstance(said(), SaidReply)
    assert all(block["type"] != "actions" for block in message.blocks)


def test_a_notice_is_said_once() -> None:
    (message,) = rendered(
        said(answer(notices=("One model is waking.",)), notices=("One model is waking.",))
    )

    assert str(message.blocks).count("One model is waking.") == 1
