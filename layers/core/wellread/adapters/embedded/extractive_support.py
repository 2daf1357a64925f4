"""Whether what was found answers a question at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from wellread.adapters.embedded.extractive_question import Question, holds_price, holds_quantity
from wellread.adapters.embedded.extractive_ranking import holds
from wellread.adapters.embedded.extractive_units import AnswerUnit


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells an answer from what merely looks like one.

    Neither words nor meaning tell by themselves: a paraphrase shares no words, and among documents
    about one subject everything is close to every question. So no single score decides, and none
    of them is taken as it comes: similarities are on a scale that embedders share, words count by
    how much they tell among the passages found for this very question, and those that merely name
    the subject say nothing of whether a sentence answers.

    Attributes:
        nearness: Of the question and the best passage, on the scale of `AnswerUnit.meaning`.
        meaning: Of the best unit, as are `coverage` and `closeness`.
        closest: The greatest closeness of all units.
        no_name: 1 where a name that is asked about is missing; so with the next three.
        words: Of the question, function words left out: a long one is never covered whole.
    """

    nearness: float
    meaning: float
    coverage: float
    closeness: float
    closest: float
    no_name: float
    no_quantity: float
    no_price: float
    nothing_counted: float
    words: float


WEIGHTS = Signs(
    nearness=5.3,
    meaning=4.3,
    coverage=1.2,
    closeness=2.1,
    closest=2.3,
    no_name=-1.3,
    no_quantity=-2.2,
    no_price=-2.3,
    nothing_counted=-1.8,
    words=0.26,
)
BIAS = -9.7
"""Of a logistic regression over four sets at once: technical pages, contracts, handbooks and annual
reports, each set and both kinds of question counting the same. Strongly regularised, because what
is asked for is what the sets have in common. `python -m benchmarks.declines` fits them again, and
leaves each set out in turn. The bias is 0.9 above the fitted one: a wrong decline is worse than an
answer whose quote shows that it is beside the point."""


def confidence(signs: Signs) -> float:
    """How sure it is, between 0 and 1, that a question is answered."""
    logit = BIAS + sum(w * x for w, x in zip(astuple(WEIGHTS), astuple(signs), strict=True))
    return 1 / (1 + math.exp(-logit))


def read_signs(question: Question, ranked: Sequence[AnswerUnit], nearness: float) -> Signs:
    """The signs in what was found.

    Args:
        question: What is asked.
        ranked: Units of the passages found, best first; at least one.
        nearness: See `Signs`.
    """
    best = ranked[0]
    held = best.shown | best.frame
    return Signs(
        nearness=nearness,
        meaning=best.meaning,
        coverage=best.coverage,
        closeness=best.closeness,
        closest=max(unit.closeness for unit in ranked),
        no_name=any(not holds(held, name) for name in question.names),
        no_quantity=question.wants_quantity and not holds_quantity(question, best.text),
        no_price=question.wants_price and not holds_price(best.sentence),
        nothing_counted=bool(question.counted)
        and not any(holds(held, word) for word in question.counted),
        words=len(question.stems),
    )
