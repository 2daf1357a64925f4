from __future__ import annotations

import math

import pytest

from wellread.domain.evaluation.cases import (
    Asked,
    CheckedCitation,
    EvaluationQuestion,
    RankedPassage,
)
from wellread.domain.evaluation.metrics import (
    METRICS,
    answer_metrics,
    evidence_metrics,
    metrics_of,
    retrieval_metrics,
    verdict_of,
)


def asked(question: EvaluationQuestion, **changes: object) -> Asked:
    values: dict[str, object] = {
        "retrieved": True,
        "ranked": (),
        "passages": (),
        "answer": "",
        "declined": False,
        "answered_by": "quoting",
        "citations": (),
    }
    return Asked(question=question, **{**values, **changes})  # type: ignore[arg-type]


def test_a_gold_document_counts_by_its_rank() -> None:
    found = retrieval_metrics(["b.md"], ["a.md", "b.md", "c.md"])
    assert found == {
        "hit@1": 0.0,
        "hit@5": 1.0,
        "hit@10": 1.0,
        "mrr@10": 0.5,
        "ndcg@10": pytest.approx(1 / math.log2(3)),
    }


def test_a_document_that_comes_up_twice_takes_one_rank() -> None:
    repeated = ["a.md", "a.md", "./docs/a.md", "docs/b.md"]
    assert retrieval_metrics(["b.md"], repeated)["mrr@10"] == 0.5


def test_the_ideal_ranking_has_all_gold_documents_first() -> None:
    both = retrieval_metrics(["a.md", "b.md"], ["a.md", "b.md"])
    one = retrieval_metrics(["a.md", "b.md"], ["a.md", "x.md"])
    assert both["ndcg@10"] == pytest.approx(1.0)
    assert one["ndcg@10"] == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_what_comes_after_rank_ten_counts_for_nothing() -> None:
    ranked = [f"{number}.md" for number in range(10)] + ["gold.md"]
    assert set(retrieval_metrics(["gold.md"], ranked).values()) == {0.0}


def test_evidence_counts_where_one_passage_holds_most_of_its_words() -> None:
    passages = ["nothing of it", "the loan period of DVDs, seven", "seven days"]
    found = evidence_metrics("The loan period is seven days", passages)
    assert found == {"evidence@1": 0.0, "evidence@5": 1.0, "evidence@10": 1.0}
    assert evidence_metrics("!", ["!"]) == {}


def test_support_is_the_share_of_the_best_right_answer_that_was_said() -> None:
    question = EvaluationQuestion("q", "How long?", answers=("the seven days", "one week or less"))
    found = answer_metrics(question, "A loan lasts seven days [1].")
    assert found["support"] == 1.0
    assert found["f1"] == pytest.approx(2 * 2 / (2 + 4))
    assert found["exact"] == 0.0
    assert found["right"] == found["right_of_answered"] == 1.0


def test_an_answer_is_exact_whatever_its_case_articles_and_markers() -> None:
    question = EvaluationQuestion("q", "How long?", answers=("The seven days.",))
    assert answer_metrics(question, "Seven days [1]")["exact"] == 1.0


def test_a_marker_is_no_word_of_an_answer() -> None:
    question = EvaluationQuestion("q", "How many?", answers=("1",))
    assert answer_metrics(question, "Many [1].")["support"] == 0.0


def test_a_markdown_escape_does_not_part_a_word() -> None:
    question = EvaluationQuestion("q", "Which?", answers=(r"max\_connections",))
    assert answer_metrics(question, "max_connections [1]")["support"] == 1.0


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Yes: it may be renewed [1].", 1.0),
        ("No. It may be renewed [1].", 0.0),
        ("It may be renewed [1].", 1.0),
        ("Ask at the desk [1].", 0.0),
        (None, 0.0),
    ],
)
def test_a_wrong_yes_or_no_is_wrong_and_without_one_the_words_decide(
    answer: str | None, right: float
) -> None:
    question = EvaluationQuestion("q", "May I?", answers=("It may be renewed",), yes_no="yes")
    assert answer_metrics(question, answer)["right"] == right


def test_a_right_verdict_is_right_without_any_words_to_compare() -> None:
    question = EvaluationQuestion("q", "May I?", yes_no="no")
    assert answer_metrics(question, "No, not on Sundays [1].") == {
        "yes_no": 1.0,
        "right": 1.0,
        "right_of_answered": 1.0,
    }


def test_a_verdict_is_the_first_word_only() -> None:
    assert verdict_of("**Yes**, it may.") == "yes"
    assert verdict_of("Nein.") == "no"
    assert verdict_of("There is no fee.") is None
    assert verdict_of("") is None


def test_a_decline_has_no_part_of_an_answer_and_counts_as_wrong() -> None:
    question = EvaluationQuestion("q", "How long?", answers=("The documents say",), gold=("a",))
    found = metrics_of(asked(question, answer="The documents don't say.", declined=True))
    assert found["right"] == found["support"] == found["coverage"] == found["decided"] == 0.0
    assert found["decline_precision"] == 0.0
    assert not {"words", "cited", "right_of_answered", "decline_recall"} & found.keys()


def test_a_due_decline_counts_for_declines_alone() -> None:
    question = EvaluationQuestion("q", "Why?", answerable=False)
    found = metrics_of(asked(question, declined=True))
    assert found == {"decided": 1.0, "decline_recall": 1.0, "decline_precision": 1.0}


def test_an_answer_to_what_the_documents_do_not_say_is_no_due_decline() -> None:
    question = EvaluationQuestion("q", "Why?", answerable=False)
    found = metrics_of(asked(question, answer="Because it rains [1]."))
    assert found == {"decided": 0.0, "decline_recall": 0.0, "words": 3.0, "cited": 0.0}


def test_citations_count_by_their_share_and_words_without_markers() -> None:
    question = EvaluationQuestion("q", "How?", answers=("so",), gold=("a.md",), evidence="so")
    found = metrics_of(
        asked(
            question,
            answer="Just so [1][2].",
            ranked=("a.md",),
            passages=(RankedPassage("a.md", "so", None),),
            citations=(
                CheckedCitation("a.md", "so", None, verbatim=True, opens=True),
                CheckedCitation("a.md", "no", None, verbatim=False, opens=True),
            ),
        )
    )
    assert (found["verbatim"], found["opens"], found["cited"]) == (0.5, 1.0, 1.0)
    assert found["words"] == 2.0
    assert (found["evidence@1"], found["ndcg@10"]) == (1.0, 1.0)


def test_a_mode_that_does_not_retrieve_has_no_retrieval_figures() -> None:
    question = EvaluationQuestion("q", "How?", answers=("so",), gold=("a.md",), evidence="so")
    found = metrics_of(asked(question, answer="so", retrieved=False))
    assert not {"ndcg@10", "evidence@1", "cited"} & found.keys()
    assert found["right"] == 1.0


def test_every_metric_of_a_question_is_one_that_reports_know() -> None:
    question = EvaluationQuestion(
        "q", "How?", answers=("so",), yes_no="yes", gold=("a",), evidence="so"
    )
    citation = CheckedCitation("a", "so", None, verbatim=True, opens=True)
    known = {metric.name for metric in METRICS}
    answered = metrics_of(asked(question, answer="Yes, so.", citations=(citation,)))
    unanswerable = metrics_of(asked(EvaluationQuestion("u", "?", False), declined=True))
    assert answered.keys() | unanswerable.keys() == known
