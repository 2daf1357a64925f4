"""`wellread feedback inbox`, `show`, `answer`, `dismiss`, `reviewed`, `withdraw` and `export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.laptop import Laptop, asker
from wellread.domain.ask.answers import Feedback, Verdict
from wellread.domain.evaluation.cases import parse_questions
from wellread.domain.knowledge.errors import InvalidQuestionError, NotFoundError
from wellread.local.feedback_cli import feedback

QUESTION = "How many days of leave do employees have?"
RIGHT = "Employees have 30 days of leave."


def run(laptop: Laptop, *arguments: str) -> str:
    arguments = (*arguments, "--data", str(laptop.settings.data))
    return CliRunner().invoke(feedback, arguments, catch_exceptions=False).output


def as_json(laptop: Laptop, *arguments: str) -> Any:
    return json.loads(run(laptop, *arguments, "--json"))


@pytest.fixture
def case(laptop: Laptop) -> str:
    laptop.drop("leave.md", "# Leave\n\nEmployees have 30 days of leave.\n")
    reply = laptop.ask(QUESTION)
    said = Feedback(reply.thread, reply.turn, Verdict.DOWN, "Too long.", RIGHT)
    laptop.services.feedback.give(asker(), said)
    (found,) = as_json(laptop, "inbox")
    return str(found["case"])


def test_a_case_is_listed_and_shown_with_what_it_rests_on(laptop: Laptop, case: str) -> None:
    listed = run(laptop, "inbox")
    assert listed.startswith(f"{case}  open ")
    assert QUESTION in listed
    assert "        reason: Too long.\n" in listed

    shown = as_json(laptop, "show", case)
    assert shown["question"] == QUESTION
    (passage,) = shown["passages"]
    assert (passage["document"], passage["changed"]) == ("leave.md", False)
    assert passage["quote"] in run(laptop, "show", case)


def test_what_was_proposed_is_approved_by_a_name(laptop: Laptop, case: str) -> None:
    said = run(laptop, "answer", case, "--by", "Ada")
    assert said.startswith(f"{RIGHT} [1]")
    assert "Reviewed by Ada on" in said

    assert run(laptop, "inbox") == "There is no case to look at.\n"
    assert [each["status"] for each in as_json(laptop, "inbox", "--all")] == ["answered"]
    (reviewed,) = as_json(laptop, "reviewed")
    assert (reviewed["state"], reviewed["question"]) == ("valid", QUESTION)
    assert laptop.ask(QUESTION).outcome.answered_by == "reviewed"
    assert run(laptop, "withdraw", reviewed["id"]) == "Withdrawn.\n"
    assert run(laptop, "reviewed") == "There is no reviewed answer.\n"


def test_an_approved_answer_is_a_question_for_evaluate(
    laptop: Laptop, case: str, tmp_path: Path
) -> None:
    run(laptop, "answer", case, "--by", "Ada", "--text", "Thirty.", "--quote", "30 days of leave")
    out = tmp_path / "questions.jsonl"
    assert run(laptop, "export", "--out", str(out)) == f"Written to {out}: 1\n"

    (question,) = parse_questions(out.read_text().splitlines(), "questions.jsonl")
    assert (question.text, question.answers, question.gold, question.evidence) == (
        QUESTION,
        ("Thirty.",),
        ("leave.md",),
        "30 days of leave",
    )


def test_a_case_is_dismissed(laptop: Laptop, case: str) -> None:
    assert run(laptop, "dismiss", case) == "Dismissed.\n"
    assert as_json(laptop, "inbox") == []


def test_what_nobody_proposed_has_to_be_said(laptop: Laptop) -> None:
    laptop.drop("leave.md", "# Leave\n\nEmployees have 30 days of leave.\n")
    reply = laptop.ask(QUESTION)
    laptop.services.feedback.give(asker(), Feedback(reply.thread, reply.turn, Verdict.DOWN))
    (found,) = as_json(laptop, "inbox")

    with pytest.raises(InvalidQuestionError, match="No answer was proposed"):
        run(laptop, "answer", found["case"], "--by", "Ada")


def test_a_case_that_there_is_not_is_told_in_words(laptop: Laptop) -> None:
    with pytest.raises(NotFoundError, match="There is no case"):
        run(laptop, "show", "none")
