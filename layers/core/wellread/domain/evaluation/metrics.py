"""What a reply is worth: numbers between 0 and 1 for each question, comparable between runs."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.evaluation.cases import Asked, EvaluationQuestion, document_path

RIGHT_SUPPORT = 0.6
"""An answer with so much of a right answer's words in it counts as right."""

_CUTOFFS = (1, 5, 10)
_EVIDENCE_CHARACTERS = 240
_EVIDENCE_WORDS = 0.6
_MARKER = re.compile(r"(?<!\s)\s*+\[\d+\]")
_ESCAPE = re.compile(r"\\(?=[^\w\s]|_)")
_ARTICLES = frozenset({"a", "an", "the"})
_VERDICTS = {"yes": "yes", "no": "no", "ja": "yes", "nein": "no"}


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a question may have.

    Attributes:
        says: What its mean says, for people.
        lower_is_better: As with words and seconds.
    """

    name: str
    group: str
    says: str
    lower_is_better: bool = False


METRICS: tuple[Metric, ...] = (
    *(Metric(f"hit@{k}", "retrieval", f"a gold document among the first {k}") for k in _CUTOFFS),
    Metric("mrr@10", "retrieval", "1 / rank of the first gold document"),
    Metric("ndcg@10", "retrieval", "gold documents near the top, all of them"),
    *(
        Metric(f"evidence@{k}", "retrieval", f"the evidence among the first {k} passages")
        for k in _CUTOFFS
    ),
    Metric("right", "answers", "answerable questions answered, and right"),
    Metric("support", "answers", "words of the right answer that the reply holds"),
    Metric("f1", "answers", "token F1 against the best right answer"),
    Metric("exact", "answers", "word for word the right answer"),
    Metric("yes_no", "answers", "yes-or-no questions with the right verdict first"),
    Metric("right_of_answered", "answers", "right among those answered"),
    Metric("words", "answers", "words an answer has", lower_is_better=True),
    Metric("verbatim", "citations", "quotes that stand in the stored revision, word for word"),
    Metric("opens", "citations", "citations that open a revision with the quote in it"),
    Metric("cited", "citations", "answers with a citation"),
    Metric("decided", "declines", "answered where answerable, declined where not"),
    Metric("decline_recall", "declines", "unanswerable questions declined"),
    Metric("coverage", "declines", "answerable questions answered"),
    Metric("decline_precision", "declines", "declines that were due"),
)


def metrics_of(asked: Asked) -> dict[str, float]:
    """All metrics that apply to a question; a decline has no part of any answer."""
    question = asked.question
    values: dict[str, float] = {}
    if question.answerable and question.gold and asked.retrieved:
        values |= retrieval_metrics(question.gold, asked.ranked)
        if question.evidence:
            texts = [passage.text for passage in asked.passages]
            values |= evidence_metrics(question.evidence, texts)
    if question.answerable and (question.answers or question.yes_no):
        values |= answer_metrics(question, None if asked.declined else asked.answer)
    if not asked.declined:
        values["words"] = float(len(_MARKER.sub("", asked.answer).split()))
        if asked.retrieved:
            values["cited"] = float(bool(asked.citations))
    if asked.citations:
        count = len(asked.citations)
        values["verbatim"] = sum(c.verbatim for c in asked.citations) / count
        values["opens"] = sum(c.opens for c in asked.citations) / count
    return values | _decline_metrics(answerable=question.answerable, declined=asked.declined)


def retrieval_metrics(gold: Sequence[str], ranked: Sequence[str]) -> dict[str, float]:
    """hit@1, 5 and 10, MRR@10 and nDCG@10 by document.

    A gold document is worth 1, any other 0, and the ideal ranking has all gold documents first. A
    document that comes up again does not take another rank.
    """
    wanted = {document_path(path) for path in gold}
    order = list(dict.fromkeys(document_path(path) for path in ranked))[:10]
    ranks = [rank for rank, path in enumerate(order, start=1) if path in wanted]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(wanted), 10) + 1))
    values = {f"hit@{k}": float(bool(ranks) and ranks[0] <= k) for k in _CUTOFFS}
    values["mrr@10"] = 1 / ranks[0] if ranks else 0.0
    values["ndcg@10"] = sum(1 / math.log2(rank + 1) for rank in ranks) / ideal if ideal else 0.0
    return values


def evidence_metrics(evidence: str, passages: Sequence[str]) -> dict[str, float]:
    """Whether one of the first passages holds most words of the evidence's beginning."""
    wanted = set(_words(evidence[:_EVIDENCE_CHARACTERS]))
    if not wanted:
        return {}
    holds = [len(wanted & set(_words(p))) / len(wanted) >= _EVIDENCE_WORDS for p in passages[:10]]
    return {f"evidence@{k}": float(any(holds[:k])) for k in _CUTOFFS}


def answer_metrics(question: EvaluationQuestion, answer: str | None) -> dict[str, float]:
    """How right an answer is; None is a decline, which is worth nothing."""
    values: dict[str, float] = {}
    said = tokens(answer or "")
    verdict = verdict_of(answer or "")
    if question.answers:
        values["support"] = max(_recall(tokens(gold), said) for gold in question.answers)
        values["f1"] = max(_f1(tokens(gold), said) for gold in question.answers)
        values["exact"] = float(bool(said) and any(tokens(g) == said for g in question.answers))
    if question.yes_no and verdict:
        # A quote gives no verdict: there it is the words that count.
        values["right"] = values["yes_no"] = float(verdict == question.yes_no)
    else:
        values["right"] = float(values.get("support", 0.0) >= RIGHT_SUPPORT)
    if answer is not None:
        values["right_of_answered"] = values["right"]
    return values


def verdict_of(answer: str) -> str | None:
    """The yes or no that an answer begins with."""
    first = _words(_MARKER.sub(" ", answer))[:1]
    return _VERDICTS.get(first[0]) if first else None


def tokens(text: str) -> list[str]:
    """The words that answers are compared by: lower case, without articles and markers."""
    plain = _ESCAPE.sub("", _MARKER.sub(" ", text))
    return [word for word in _words(plain) if word not in _ARTICLES]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())


def _decline_metrics(*, answerable: bool, declined: bool) -> dict[str, float]:
    values = {"decided": float(answerable != declined)}
    if answerable:
        values["coverage"] = float(not declined)
    else:
        values["decline_recall"] = float(declined)
    if declined:
        values["decline_precision"] = float(not answerable)
    return values


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    return sum((Counter(one) & Counter(other)).values())


def _recall(gold: Sequence[str], said: Sequence[str]) -> float:
    return _shared(gold, said) / len(gold) if gold else 0.0


def _f1(gold: Sequence[str], said: Sequence[str]) -> float:
    shared = _shared(gold, said)
    return 2 * shared / (len(gold) + len(said)) if shared else 0.0
