"""Whether what was found answers a question at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wellread.adapters.embedded.extractive_question import Question, holds_quantity
from wellread.adapters.embedded.extractive_ranking import holds
from wellread.adapters.embedded.extractive_units import AnswerUnit

_NEARNESS = 5.8
_COVERAGE = 1.6
_BEST_CLOSENESS, _CLOSEST = 2.4, 2.6
_MISSING_NAME, _MISSING_QUANTITY = -1.25, -2.5
_QUESTION_WORD = 0.28
_BIAS = -8.4
"""Weights of a logistic regression over four sets at once: technical pages, contracts, handbooks
and annual reports, each set and both kinds of question counting the same. Strongly regularised,
because what is asked for is what the sets have in common. docs/evaluating.md has the figures for
each set when it was left out."""


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
    unnamed = any(not holds(best.shown | best.frame, name) for name in question.names)
    unquantified = question.wants_quantity and not holds_quantity(question, best.text)
    logit = (
        _BIAS
        + _NEARNESS * nearness
        + _COVERAGE * best.coverage
        + _BEST_CLOSENESS * best.closeness
        + _CLOSEST * max(unit.closeness for unit in ranked)
        + _MISSING_NAME * unnamed
        + _MISSING_QUANTITY * unquantified
        + _QUESTION_WORD * len(question.stems)
    )
    return 1 / (1 + math.exp(-logit))
