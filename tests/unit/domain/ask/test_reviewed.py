"""Which questions are the same."""

from __future__ import annotations

import pytest

from wellread.domain.ask.reviewed import question_key


@pytest.mark.parametrize(
    ("question", "same"),
    [
        ("How many days of leave are there?", "how many days of leave are there"),
        ("How many days of leave are there?", "HOW MANY DAYS OF LEAVE ARE THERE"),
        ("How many days of leave are there?", "Please, how many day of leave are there?"),
        ("Who signs the lease?", "Who signs a lease"),
        ("What does error E-4471 mean?", "what does error E4471 mean?"),
        ("What does error E-4471 mean?", "What does error E 4471 mean"),
        ("What is the visitor’s badge for?", "What is the visitor's badge for"),
    ],
)
def test_spelling_makes_no_other_question(question: str, same: str) -> None:
    assert question_key(question) == question_key(same)


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("What must the employer pay?", "What must the employee pay?"),
        ("What can I claim?", "What can't I claim?"),
        ("Is it paid with a receipt?", "Is it paid without a receipt?"),
        ("Who pays for IT?", "Who pays for it?"),
        ("May Ada approve Ben?", "May Ben approve Ada?"),
        ("Is there a course in C++?", "Is there a course in C?"),
        ("Is there a course in C++?", "Is there a course in C#?"),
        ("What changed in version 3.5?", "What changed in version 35?"),
        ("What does error E-4471 mean?", "What does error E-4472 mean?"),
        ("May E-4471 replace a part?", "May a part replace E-4471?"),
        ("When does the lease end?", "Where does the lease end?"),
        ("How many days of leave are there in 2024?", "How many days of leave are there in 2025?"),
        ("Who takes vitamin A tablets?", "Who takes vitamin tablets?"),
        ("Is 5 > 3 allowed?", "Is 5 < 3 allowed?"),
        ("Which universe is it?", "Which university is it?"),
    ],
)
def test_any_other_word_sign_or_order_makes_another_question(question: str, other: str) -> None:
    assert question_key(question) != question_key(other)
