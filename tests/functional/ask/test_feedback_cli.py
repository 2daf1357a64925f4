"""`wellread feedback list` shows what people said about replies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests.doubles import SetClock
from tests.laptop import Laptop, asker
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Feedback, HandOver, Reply, Verdict
from wellread.domain.ask.questions import Asker, AskerId, Place, Question
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.feedback_cli import feedback

HERE = Place("slack", "T1", "C1", "17.1")
EVERYONE = Scope.of("everyone")
QUESTION = "How many days of leave are there?"


def listed(laptop: Laptop, *arguments: str) -> str:
    arguments = ("list", "--data", str(laptop.settings.data), *arguments)
    return CliRunner().invoke(feedback, arguments, catch_exceptions=False).output


def as_json(laptop: Laptop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(listed(laptop, "--json"))
    return found


def ask_in_a_place(laptop: Laptop) -> Reply:
    laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
    ada = Asker(AskerId("slack:T1:UADA"), EVERYONE)
    return laptop.services.answering.answer(Question(QUESTION, ada, place=HERE))


def give(laptop: Laptop, reply: Reply, who: str, *said: Any, at: float | None = None) -> None:
    laptop.services.feedback.give(
        Asker(AskerId(f"slack:T1:{who}"), EVERYONE),
        Feedback(reply.thread, reply.turn, *said),
        HERE,
        platform="slack",
        at=at,
    )


def test_each_verdict_is_listed_with_its_question_and_when_and_where_it_was_given(
    laptop: Laptop,
) -> None:
    reply = ask_in_a_place(laptop)
    give(laptop, reply, "UADA", Verdict.UP, at=1_800_000_001.0)
    give(laptop, reply, "UBEN", Verdict.DOWN, "It is 31.", "31", at=1_800_000_002.0)
    give(laptop, reply, "UBEN", HandOver.ASKED, at=1_800_000_003.0)

    same = {"platform": "slack", "question": QUESTION, "thread": reply.thread, "turn": 1}
    assert as_json(laptop) == [
        same | {"verdict": "up", "reason": None, "at": 1_800_000_001.0},
        same | {"verdict": "down", "reason": "It is 31.", "at": 1_800_000_002.0},
        same | {"verdict": "human", "reason": None, "at": 1_800_000_003.0},
    ]
    assert listed(laptop) == (
        f"2027-01-15 08:00 UTC  slack  up                  {QUESTION}\n"
        f"2027-01-15 08:00 UTC  slack  down                {QUESTION}\n"
        "    reason: It is 31.\n"
        "    better: 31\n"
        f"2027-01-15 08:00 UTC  slack  asked a human       {QUESTION}\n"
    )


def test_a_verdict_of_the_page_is_of_the_web_and_of_now(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path, clock=SetClock())
    laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
    reply = laptop.ask(QUESTION)
    laptop.services.feedback.give(asker(), Feedback(reply.thread, 1, Verdict.UP))

    (found,) = as_json(laptop)
    assert (found["platform"], found["at"]) == ("web", SetClock().now)
    laptop.close()


def test_the_words_of_a_question_go_with_the_document_that_its_reply_drew_on(
    laptop: Laptop,
) -> None:
    reply = ask_in_a_place(laptop)
    give(laptop, reply, "UADA", Verdict.DOWN, "It is 31.")
    for store in laptop.adapters.erasables:
        store.erase(DocumentId("leave.md"))

    (found,) = as_json(laptop)
    assert (found["question"], found["reason"], found["verdict"]) == (None, None, "down")
    assert "(erased)" in listed(laptop)


def test_where_nobody_said_anything_that_is_said(laptop: Laptop) -> None:
    assert as_json(laptop) == []
    assert listed(laptop) == "Nobody has said anything about a reply yet.\n"
