"""From a question to the words that a lexical search looks for."""

from __future__ import annotations

import re
import unicodedata

MAX_TERMS = 64
"""More terms than that are no question; SQLite's FTS5 refuses expressions of more than 256."""

STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are aren as at be because been before
    being below between both but by can cannot could couldn did didn do does doesn doing don down
    during each every few for from further get got had hadn has hasn have haven having he her here
    hers herself him himself his how i if in into is isn it its itself just ll may me might more
    most mustn my myself no nor not of off on once only or other our ours ourselves out over own
    please re s same shall shan she should shouldn so some such t than that the their theirs them
    themselves then there these they this those through to too under until up upon us ve very was
    wasn we were weren what when where whether which while who whom whose why will with won would
    wouldn you your yours yourself yourselves
    """.split()
)
"""English words that nearly every chunk holds: they cost most of a search and rank nothing."""

_WORD = re.compile(r"[^\W_]+")


def question_terms(question: str) -> tuple[str, ...]:
    """Every distinct word of the question, in lower case.

    Stop words are left out unless there is nothing else.
    """
    words = dict.fromkeys(_WORD.findall(unicodedata.normalize("NFKC", question).lower()))
    telling = [word for word in words if word not in STOP_WORDS] or list(words)
    return tuple(telling[:MAX_TERMS])
