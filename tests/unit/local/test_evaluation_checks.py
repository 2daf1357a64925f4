from __future__ import annotations

from wellread.domain.ask.checking.claims import Checked
from wellread.domain.evaluation.cases import Asked, EvaluationQuestion
from wellread.local.evaluation_checks import checks_section, describe_checks


def asked(*checked: Checked) -> Asked:
    question = EvaluationQuestion(id="q", text="How long?", answerable=False)
    return Asked(question, True, (), (), "Long.", False, "reader", (), checked=checked)


def test_what_each_verifier_did_is_added_up_over_all_questions() -> None:
    one = asked(Checked("model", 2, 1, 1, 0.5), Checked("words", 1, 0, 0, 0.01))
    other = asked(Checked("model", 1, 2, 2, 0.25))

    assert describe_checks([one, other, asked()]) == {
        "model": {"kept": 3, "dropped": 3, "requests": 3, "seconds": 0.75},
        "words": {"kept": 1, "dropped": 0, "requests": 0, "seconds": 0.01},
    }


def test_the_report_has_a_line_for_each_verifier_and_none_where_nothing_was_checked() -> None:
    section = checks_section(describe_checks([asked(Checked("model", 2, 1, 1, 0.5))]))

    assert section[-1] == "| model | 2 | 1 | 1 | 0.5 |"
    assert checks_section({}) == []


def test_a_line_of_the_run_says_who_answered_and_what_was_checked_by_what() -> None:
    line = asked(Checked("model", 2, 1, 1, 0.5)).as_run_line()

    assert line["answered_by"] == "reader"
    assert line["checked"] == [
        {"by": "model", "kept": 2, "dropped": 1, "requests": 1, "seconds": 0.5}
    ]
