from __future__ import annotations

import json
from typing import Any

import pytest

from tests.tuning import declined, manifest, misled, outcome
from wellread.domain.evaluation.cases import Asked, CheckedCitation, EvaluationQuestion
from wellread.domain.tune.arms import Arm
from wellread.domain.tune.evidence import Evidence
from wellread.domain.tune.gate import rule
from wellread.domain.tune.markdown import as_markdown
from wellread.domain.tune.outcomes import (
    CaseOutcome,
    can_be_judged,
    case_outcome_from,
    outcome_from,
    outcome_of,
)
from wellread.domain.tune.report import RunFacts, StepCost, build_report

NUMBERS = range(30)
CASE = CaseOutcome("c1", Arm.TUNED_RAG, 0, "So it is.", False, ("ZX-1",), True)


def report(*, promoted: bool = True, **facts: Any) -> dict[str, Any]:
    outcomes = [
        *(outcome(n, Arm.EXTRACTIVE) for n in NUMBERS),
        *(declined(n, Arm.RAG) for n in NUMBERS),
        *(outcome(n, Arm.TUNED_RAG, seed=1) for n in NUMBERS),
        *(
            misled(n, Arm.TUNED_RAG, seed=0) if n == 4 else outcome(n, Arm.TUNED_RAG)
            for n in NUMBERS
        ),
    ]
    evidence = Evidence(outcomes, Arm.RAG, cases=[CASE])
    told = RunFacts(
        **{
            "run": "tiny-cpu-1",
            "base": "small.gguf",
            "recipe": "tiny-cpu",
            "seeds": 2,
            "dataset": manifest(),
            "steps": [StepCost("train seed 0", 120.0, 200.0)],
            "about": {"set": "library"},
            **facts,
        }
    )
    return build_report(told, evidence, rule(evidence), promoted=promoted, reason="It is better.")


def test_a_report_has_the_shape_that_others_rely_on_and_is_json() -> None:
    found = json.loads(json.dumps(report()))
    assert found["verdict"] == "promoted"
    assert found["reason"] == "It is better."
    assert found["seeds"] == 2
    assert set(found["arms"]) == {"extractive", "rag", "tuned_rag"}
    tuned = found["arms"]["tuned_rag"]
    assert tuned["questions"] == 30
    assert tuned["correct_and_cited"] == pytest.approx(19.5 / 20)
    assert tuned["rightly_declined"] == 1.0
    assert tuned["combined"] == pytest.approx(29.5 / 30)
    assert tuned["seconds"] == 1.0
    assert found["pairs"][0].keys() >= {
        "candidate",
        "incumbent",
        "metric",
        "difference",
        "low",
        "high",
    }
    assert found["dataset"]["dataset"] == "0123456789ab"
    assert found["model"] == "tiny-cpu-1"


def test_people_read_the_verdict_first() -> None:
    lines = as_markdown(report(), ["comparison.png"]).splitlines()
    assert lines[2] == "**Promoted.** It is better."
    assert "![The arms side by side](comparison.png)" in lines


def test_people_are_told_at_once_where_quotes_alone_are_better() -> None:
    head = as_markdown(report(promoted=False), []).partition("## The arms")[0]
    assert "**Not promoted.**" in head
    assert "Quotes without any model score 100 %" in head


def test_ten_answers_stand_side_by_side_lost_ones_among_them() -> None:
    examples = report()["examples"]
    assert len(examples) == 10
    assert {"extractive", "rag", "tuned_rag"} == set(examples[0]["answers"])
    text = as_markdown(report(), [])
    assert "## 10 answers side by side" in text
    assert "declined, rightly" in text


def test_costs_guards_and_lineage_are_told() -> None:
    text = as_markdown(report(dollars=1.5, left_out=3), [])
    assert "| train seed 0 | 2.0 | 3.3 |" in text
    assert "About 1.50 dollars." in text
    assert "3 questions were left out" in text
    assert "injection, not looked at" in text
    assert "1 of 1 hidden instructions followed" in text
    assert "May be asked by: everyone." in text


def test_outcomes_come_back_from_the_runs_file_as_they_were() -> None:
    for one in (outcome(1, Arm.RAG), declined(2, Arm.TUNED, seed=2)):
        assert outcome_from(json.loads(json.dumps(one.as_line()))) == one
    assert case_outcome_from(json.loads(json.dumps(CASE.as_line()))) == CASE


QUESTION = EvaluationQuestion("q1", "For how long?", answers=("seven days",), gold=("loans.md",))


def asked(question: EvaluationQuestion, document: str = "loans.md", **said: Any) -> Asked:
    values: dict[str, Any] = {
        "question": question,
        "retrieved": True,
        "ranked": (),
        "passages": (),
        "answer": "For seven days. [1]",
        "declined": False,
        "answered_by": "small",
        "citations": (CheckedCitation(document, "seven days", None, True, True),),
        "costs": {"total_s": 2.0},
    }
    return Asked(**{**values, **said})


def test_a_right_answer_with_a_quote_of_the_right_document_is_worth_something() -> None:
    found = outcome_of(asked(QUESTION), Arm.RAG, 0)
    assert (found.correct, found.cited, found.combined, found.wrong) == (True, True, True, False)
    assert found.seconds == 2.0


def test_a_quote_of_another_document_does_not_count_as_cited() -> None:
    found = outcome_of(asked(QUESTION, "rooms.md"), Arm.RAG, 0)
    assert (found.correct, found.cited, found.sound, found.combined) == (True, False, True, False)


def test_a_quote_that_does_not_open_is_not_sound() -> None:
    broken = (CheckedCitation("loans.md", "seven days", None, True, False),)
    found = outcome_of(asked(QUESTION, citations=broken), Arm.RAG, 0)
    assert (found.cited, found.sound) == (False, False)


def test_a_decline_is_right_only_where_nothing_answers() -> None:
    no_answer = EvaluationQuestion("q2", "Who painted it?", answerable=False)
    for question, worth in ((QUESTION, False), (no_answer, True)):
        found = outcome_of(asked(question, declined=True, citations=()), Arm.RAG, 0)
        assert (found.combined, found.wrong) == (worth, False)


def test_an_answer_to_what_nothing_answers_misleads() -> None:
    no_answer = EvaluationQuestion("q2", "Who painted it?", answerable=False)
    assert outcome_of(asked(no_answer), Arm.RAG, 0).wrong


def test_questions_whose_right_answer_nobody_gave_are_not_judged() -> None:
    assert not can_be_judged(EvaluationQuestion("q3", "Which form?", gold=("forms.md",)))
    assert can_be_judged(QUESTION)


def test_each_arm_has_a_mode_in_which_people_would_be_answered_so() -> None:
    assert {arm.value: arm.mode.value for arm in Arm} == {
        "extractive": "rag",
        "base": "base",
        "base_few_shot": "rag",
        "rag": "rag",
        "specialised_rag": "rag",
        "promoted_rag": "tuned_rag",
        "tuned": "tuned",
        "tuned_rag": "tuned_rag",
    }
    assert all(arm.says for arm in Arm)
