"""What every chat platform's `Panes` does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.chat.benches import (
    BENCHES,
    Bench,
    DeskBench,
    SlackBench,
    TeamsBench,
    slack_bench,
)
from tests.slack.seen import seen
from wellread.domain.chat.said import Home, HomeDocument
from wellread.domain.knowledge.errors import DeliveryError, TransientError


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.__name__)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with request.param() as made:
        yield made


@pytest.fixture
def slack() -> Iterator[SlackBench]:
    with slack_bench() as made:
        yield made


def test_prompts_titles_and_homes_are_shown(bench: Bench) -> None:
    target, panes = bench.ask(), bench.panes()

    panes.suggest(target.place, ["How long?", "How many?"])
    panes.entitle(target.place, "How long may a book be borrowed?")
    panes.show_home(target.person, Home(3))

    if isinstance(bench, DeskBench):
        assert bench.desk.suggested == [(target.place, ("How long?", "How many?"))]
        assert list(bench.desk.titles.values()) == ["How long may a book be borrowed?"]
        assert list(bench.desk.homes) == [target.person.id]
    elif isinstance(bench, TeamsBench):
        assert bench.messages(target) == []
    else:
        workspace = bench.workspace
        assert [each["message"] for each in workspace.prompts["C0LAB", target.place.thread]] == [
            "How long?",
            "How many?",
        ]
        assert list(workspace.titles.values()) == ["How long may a book be borrowed?"]
        assert list(workspace.homes) == [target.person.id]


def test_no_more_prompts_are_shown_than_slack_takes_and_none_where_there_are_none(
    slack: SlackBench,
) -> None:
    target, panes = slack.ask("D0ANN"), slack.panes()
    panes.suggest(target.place, [])
    assert slack.workspace.prompts == {}

    panes.suggest(target.place, [f"Question {number}? {'x' * 500}" for number in range(9)])

    (prompts,) = slack.workspace.prompts.values()
    assert len(prompts) == 4


def test_a_workspace_without_such_a_pane_does_without(slack: SlackBench) -> None:
    target, panes = slack.ask("D0ANN"), slack.panes()
    slack.workspace.fail("assistant.threads.setTitle", error="not_allowed_token_type")
    panes.entitle(target.place, "How long?")

    slack.workspace.fail("assistant.threads.setTitle", error="token_revoked")
    with pytest.raises(DeliveryError):
        panes.entitle(target.place, "How long?")
    slack.workspace.fail("views.publish", status=500)
    with pytest.raises(TransientError):
        panes.show_home(target.person, Home(3))


def test_a_home_says_what_can_be_asked_and_what_became_of_files(slack: SlackBench) -> None:
    link = "https://docs.example/v1/documents/a.md"
    home = Home(
        1200,
        freshest=(HomeDocument("Staff handbook", link, "added on 2026-11-29"),),
        files=(HomeDocument("scan <!here>.pdf", "", "The file holds no text."),),
        questions=("How long may a book be borrowed?",),
        offers=("What is “Events” about?",),
    )

    slack.panes().show_home(slack.ask().person, home)

    shown = seen(slack.workspace.homes["U0ANN"])
    assert "1,200 documents" in shown
    assert f"<{link}|Staff handbook> · added on 2026-11-29" in shown
    assert "scan .pdf · The file holds no text." in shown
    assert "How long may a book be borrowed?" in shown
    assert "What is “Events” about?" in shown


def test_a_home_with_a_hundred_long_names_is_taken(slack: SlackBench) -> None:
    many = tuple(
        HomeDocument("<&>" * 300, "https://docs.example/" + "x" * 900, "s" * 900)
        for _ in range(100)
    )

    slack.panes().show_home(
        slack.ask().person, Home(100, many, many, tuple("<&>" * 900 for _ in range(50)))
    )

    assert "U0ANN" in slack.workspace.homes
