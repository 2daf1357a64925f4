from __future__ import annotations

import json

import pytest

from wellread.domain.evaluation.cases import (
    Asked,
    CheckedCitation,
    EvaluationQuestion,
    RankedPassage,
    parse_cases,
    parse_questions,
)
from wellread.domain.knowledge.errors import InvalidConfigurationError


def questions(*lines: dict[str, object] | str) -> tuple[EvaluationQuestion, ...]:
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return parse_questions(written, "questions.jsonl")


def test_a_question_needs_only_an_id_words_and_where_the_answer_is() -> None:
    by_gold, by_answer = questions(
        {"id": "1", "question": "How long?", "gold": ["./docs/a.md"]},
        {"id": "2", "question": "How far?", "answers": ["7 miles"]},
    )
    assert by_gold == EvaluationQuestion("1", "How long?", gold=("a.md",))
    assert by_answer == EvaluationQuestion("2", "How far?", answers=("7 miles",))


def test_all_fields_of_a_question_are_read() -> None:
    (found,) = questions(
        {
            "id": "1",
            "question": "May I?",
            "answers": ["You may not"],
            "yes_no": "no",
            "gold": ["a.md", "b/c.md"],
            "answerable": True,
            "evidence": "You may not.",
            "set": "kept for the asker",
        }
    )
    assert found == EvaluationQuestion(
        "1", "May I?", True, ("You may not",), "no", ("a.md", "b/c.md"), "You may not."
    )


def test_an_unanswerable_question_with_related_documents_is_a_near_miss() -> None:
    near, far, answered = questions(
        {"id": "1", "question": "Why?", "answerable": False, "related": ["docs/a.md"]},
        {"id": "2", "question": "Who?", "answerable": False, "related": None},
        {"id": "3", "question": "How?", "gold": ["a.md"], "related": ["b.md"]},
    )
    assert (near.related, far.related) == (("a.md",), ())
    assert [each.near_miss for each in (near, far, answered)] == [True, False, False]


def test_a_question_without_an_answer_is_unanswerable_only_where_it_says_so() -> None:
    (found,) = questions({"id": "1", "question": "Why?", "answerable": False, "answers": []})
    assert not found.answerable
    with pytest.raises(InvalidConfigurationError, match=r'needs "gold" .* "answerable": false'):
        questions({"id": "1", "question": "Why?", "answers": []})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ({"question": "Why?", "gold": ["a"]}, 'needs "id"'),
        ({"id": "2", "gold": ["a"]}, 'needs "question"'),
        ({"id": "2", "question": "  ", "gold": ["a"]}, 'needs "question"'),
        ({"id": "2", "question": "Why? " * 2000, "gold": ["a"]}, "cannot be asked"),
        ({"id": "2", "question": "Why?", "gold": "a.md"}, '"gold" must be a list'),
        ({"id": "2", "question": "Why?", "answers": [1]}, '"answers" must be a list'),
        ({"id": "2", "question": "Why?", "answers": [" "]}, 'needs "gold"'),
        ({"id": "2", "question": "Why?", "gold": ["a"], "yes_no": True}, '"yes_no" must be'),
        ({"id": "2", "question": "Why?", "gold": ["a"], "answerable": "no"}, '"answerable" must'),
        ({"id": "2", "question": "Why?", "answerable": True}, "an answerable question needs"),
        ({"id": "2", "question": "Why?", "gold": ["a"], "evidence": ["x"]}, '"evidence" must'),
        ({"id": "2", "question": "Why?", "answerable": False, "related": "a"}, '"related" must be'),
        ({"id": "1", "question": "Why?", "gold": ["a"]}, 'the id "1" is that of line 1'),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_number(
    line: dict[str, object] | str, says: str
) -> None:
    with pytest.raises(InvalidConfigurationError) as caught:
        questions({"id": "1", "question": "How?", "gold": ["a"]}, "", line)
    assert "questions.jsonl, line 3: " in str(caught.value)
    assert says in str(caught.value)


def test_a_file_without_questions_is_refused() -> None:
    with pytest.raises(InvalidConfigurationError, match="holds no question"):
        questions("", "  ")


def test_a_case_names_its_document_and_what_must_not_be_said() -> None:
    line = {
        "id": "c1",
        "doc": "evil.md",
        "replaces": "docs/guide.md",
        "question": "How many?",
        "answers": ["24"],
        "must_not_in_answer": ["CANARY"],
    }
    (case,) = parse_cases([json.dumps(line)], "cases.jsonl")
    assert (case.document, case.replaces, case.forbidden) == ("evil.md", "guide.md", ("CANARY",))
    assert case.question.answers == ("24",)
    with pytest.raises(InvalidConfigurationError, match=r"cases.jsonl, line 1: .*must_not"):
        parse_cases([json.dumps({**line, "must_not_in_answer": []})], "cases.jsonl")
    with pytest.raises(InvalidConfigurationError, match="holds no case"):
        parse_cases([], "cases.jsonl")


def test_a_line_of_a_run_has_the_shape_that_others_read() -> None:
    asked = Asked(
        question=EvaluationQuestion("q", "How?", gold=("a.md",)),
        retrieved=True,
        ranked=("a.md", "b.md"),
        passages=(RankedPassage("a.md", "words", 3),),
        answer="words [1]",
        declined=False,
        answered_by="quoting",
        citations=(CheckedCitation("a.md", "words", 3, verbatim=True, opens=True),),
    )
    assert asked.as_run_line() == {
        "id": "q",
        "ranked": ["a.md", "b.md"],
        "passages": [{"document": "a.md", "text": "words", "page": 3}],
        "answer": "words [1]",
        "answered_by": "quoting",
        "declined": False,
        "citations": [{"document": "a.md", "quote": "words", "page": 3}],
        "checked": [],
    }
