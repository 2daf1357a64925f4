from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wellread.domain.ask.checking.claims import Checked
from wellread.domain.evaluation.cases import Asked, EvaluationQuestion
from wellread.domain.evaluation.comparison import rows_of
from wellread.domain.evaluation.markdown import as_markdown
from wellread.domain.evaluation.plan import EvaluationPlan
from wellread.domain.evaluation.report import build_report
from wellread.domain.knowledge.errors import InvalidConfigurationError

ABOUT = {"wellread": "1", "embedder": "words", "documents": {"indexed": 1, "failed": []}}


def asked(*checked: Checked, id: str = "q", answer: str = "Seven days.") -> Asked:
    question = EvaluationQuestion(id, "How long?", answers=("seven days",))
    return Asked(question, True, (), (), answer, False, "reader", (), checked=checked)


def report(*asked: Asked, **plan: Any) -> dict[str, Any]:
    whole = EvaluationPlan("library", tuple(each.question for each in asked), **plan)
    return build_report(whole, asked, (), ABOUT)


def test_what_each_verifier_did_is_added_up_over_all_questions() -> None:
    one = asked(Checked("model", 2, 1, 1, 0.5), Checked("words", 1, 0, 0, 0.01))
    other = asked(Checked("model", 1, 2, 2, 0.25))

    assert report(one, other, asked())["checked"] == {
        "model": {"kept": 3, "dropped": 3, "requests": 3, "seconds": 0.75},
        "words": {"kept": 1, "dropped": 0, "requests": 0, "seconds": 0.01},
    }


def test_people_read_a_line_for_each_verifier_and_none_where_nothing_was_checked() -> None:
    assert "| model | 2 | 1 | 1 | 0.5 |\n" in as_markdown(
        report(asked(Checked("model", 2, 1, 1, 0.5))), ()
    )
    assert "checked" not in as_markdown(report(asked()), ())


def test_a_line_of_the_run_says_who_answered_and_what_was_checked_by_what() -> None:
    line = asked(Checked("model", 2, 1, 1, 0.5)).as_run_line()

    assert line["answered_by"] == "reader"
    assert line["checked"] == [
        {"by": "model", "kept": 2, "dropped": 1, "requests": 1, "seconds": 0.5}
    ]


def test_a_run_is_compared_with_others_question_by_question() -> None:
    right, wrong = asked(), asked(answer="Nine nights.")
    before = {"before": rows_of(report(right, asked(id="gone")))}

    same = report(right, against=before)["against"]
    assert (same["folders"], same["questions"]) == (["before"], 1)
    assert same["metrics"]["right"]["judgement"] == "no difference shown"
    worse = report(wrong, against=before)
    assert worse["against"]["metrics"]["right"]["judgement"] == "worse"
    assert worse["against"]["metrics"]["right"]["difference"]["value"] == -1.0
    assert worse["against"]["metrics"]["decided"]["judgement"] == "no difference shown"
    assert "| right | 0.000 | 1.000 | -1.000 | [-1.000, -1.000] | worse |" in as_markdown(worse, ())


def test_pooled_runs_count_as_part_of_the_run() -> None:
    here, there = asked(id="here"), asked(id="there")
    old_here, old_there = rows_of(report(here)), rows_of(report(there))

    pooled = report(here, against={"one": old_here, "two": old_there}, pool=(old_there,))
    assert pooled["against"]["questions"] == 2
    assert report(here, against={"one": old_here}, pool=(old_there,))["against"]["questions"] == 1


def test_runs_of_the_same_question_in_other_words_are_not_compared() -> None:
    one = asked()
    other = replace(one, question=replace(one.question, text="How many days?"))

    with pytest.raises(InvalidConfigurationError, match="no question in common"):
        report(one, against={"before": rows_of(report(other))})
