"""Whether what was found answers a question at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wellread.adapters.embedded.extractive_question import Question, holds_price, holds_quantity
from wellread.adapters.embedded.extractive_ranking import holds
from wellread.adapters.embedded.extractive_units import AnswerUnit

_NEARNESS, _MEANING = 5.3, 4.4
_COVERAGE = 1.1
_BEST_CLOSENESS, _CLOSEST = 2.1, 2.3
_MISSING_NAME, _MISSING_QUANTITY, _MISSING_PRICE, _MISSING_COUNTED = -1.2, -2.3, -2.2, -1.8
_QUESTION_WORD = 0.25
_BIAS = -9.7
"""Weights of a logistic regression over four sets at once: technical pages, contracts, handbooks
and annual reports, each set and both kinds of question counting the same. Strongly regularised,
because what is asked for is what the sets have in common. The bias is 0.7 above the fitted
one: a wrong decline is worse than an answer whose quote shows that it is beside the point.
docs/evaluating.md has the figures for each set when it was left out."""


def confidence(question: Question, ranked: Sequence[AnswerUnit], nearness: float) -> float:
    """How sure it is, between 0 and 1, that the best of some units answers a question.

    Neither words nor meaning tell by themselves: a paraphrase shares no words, and among documents
    about one subject everything is close to every question. So no single score decides, and none
    of them is taken as it comes: similarities are on a scale that embedders share, words count by
    how much they tell among the passages found for this very question, and those that merely name
    the subject say nothing of whether a sentence answers.

    Args:
        question: What is asked.
        ranked: Units of the passages found, best first.
        nearness: Of the question and the best passage, on the scale of `AnswerUnit.meaning`.
    """
    if not ranked:
        return 0.0
    best = ranked[0]
    held = best.shown | best.frame
    unquantified = question.wants_quantity and not holds_quantity(question, best.text)
    logit = (
        _BIAS
        + _NEARNESS * nearness
        + _MEANING * best.meaning
        + _COVERAGE * best.coverage
        + _BEST_CLOSENESS * best.closeness
        + _CLOSEST * max(unit.closeness for unit in ranked)
        + _MISSING_NAME * any(not holds(held, name) for name in question.names)
        + _MISSING_QUANTITY * unquantified
        + _MISSING_PRICE * (question.wants_price and not holds_price(best.sentence))
        + _MISSING_COUNTED * _lacks_counted(question, held)
        + _QUESTION_WORD * len(question.stems)
    )
    return 1 / (1 + math.exp(-logit))


def _lacks_counted(question: Question, held: frozenset[str]) -> bool:
    return bool(question.counted) and not any(holds(held, word) for word in question.counted)
