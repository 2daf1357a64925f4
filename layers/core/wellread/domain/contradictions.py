"""Whether two documents say different things about the same matter.

Careful rather than complete: a contradiction that is none costs trust in every answer, so two
sentences count only where they speak of the same things in nearly the same words and differ in a
figure of one kind, or in that one denies what the other says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from functools import cache

from wellread.domain.dating import YEARLY, dates
from wellread.domain.documents import Passage
from wellread.domain.prompting import speaks_to_the_model
from wellread.domain.sentences import UnitKind, plain_unit, split_sentences
from wellread.domain.words import NEGATIONS, STOPWORDS, content_words, numbers, stem

ALIKE = 0.85
"""Two sentences whose words, figures apart, follow each other so alike are of one mould."""

QUESTION_SHARE = 0.5
"""Sentences of different moulds must each hold so much of the question's words."""

SHARED = 0.5
"""And share so much of the shorter one's words."""

_MOST_OF_ITS_OWN = 5
"""A sentence with more words of its own than that speaks of something else as well."""

_ASKS_WHETHER = re.compile(
    r"\W*(?:is|are|was|were|can|could|do|does|did|will|would|should|must|may|has|have|am|"
    r"ist|sind|kann|können|darf|dürfen|muss|müssen|wird|hat|haben|gibt)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[^\s.!?] )[A-Z][\w-]*")
_CENTS_OF_NOTHING = re.compile(r"[.,]0{1,2}$")
_TOKEN = re.compile(r"[$€£]|%|\d+(?:[.,:'’]\d+)*|[^\W\d_]+")
_NUMBER_WORDS = (
    {
        word: value
        for value, word in enumerate(
            "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()
        )
    }
    | {
        word: value
        for value, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen twenty".split()
        )
    }
    | {word: 10 * tens for tens, word in enumerate("thirty forty fifty sixty seventy".split(), 3)}
)
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "tausend": 3, "millionen": 6}
_LABELS = frozenset(
    "section sections clause clauses article articles paragraph schedule appendix annex exhibit "
    "page pages table figure step chapter version no number nr level band grade tier abschnitt "
    "artikel seite tabelle ziffer version".split()
)
_FILLERS = frozenset(
    "working calendar business consecutive full paid additional more at least up to further whole "
    "of the and or".split()
)
_RELATIONS = frozenset(
    "after before every since until nach vor alle seit bis least most than up mindestens "
    "höchstens".split()
)
_MONEY = frozenset("usd eur gbp chf dollar dollars euro euros pound pounds cent cents".split())
_SHARE = frozenset("% percent prozent".split())
_CLOCK = frozenset("am pm uhr oclock".split())
_PROHIBITING = frozenset("prohibited forbidden banned disallowed verboten untersagt".split())
_DENYING = NEGATIONS | _PROHIBITING
_PERMITTED = "(permitted)"
_PERMITTING = frozenset(
    "may can allowed permitted welcome possible darf dürfen kann können erlaubt gestattet".split()
)
_CONDITIONS = frozenset("without unless except ohne außer sofern".split())
_AUXILIARIES = frozenset("be been being have has to the a an any sein werden".split())
_VERSION_WORDS = frozenset(
    map(
        stem,
        "old new version revision revised draft final current previous superseded archived archive "
        "copy updated update edition v rev policy document".split(),
    )
)
_EXCLUSIVE = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "full part half",
        "minimum maximum min max least most",
        "domestic international foreign abroad",
        "weekday weekend monday tuesday wednesday thursday friday saturday sunday holiday",
        "daily weekly monthly quarterly yearly annually hourly annual",
        "day week month quarter year hour",
        "first second third fourth fifth",
        "child adult senior junior student",
        "internal external",
        "standard premium basic free professional enterprise",
        "single double multiple",
        "employee contractor manager director intern apprentice",
        "before after",
        "purchase sale buyer seller",
        "morning evening afternoon night",
        "summer winter spring autumn",
        "book dvd disc magazine game map",
    )
)
"""Words of one line tell cases apart: two sentences with different ones speak of two cases."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the passage it stands in."""

    sentence: str
    passage: int


def contradiction(
    question: str, said: Sequence[Said], passages: Sequence[Passage]
) -> tuple[Said, Said] | None:
    """A sentence of an answer, and one of another document that contradicts it, if there is one.

    Args:
        question: Understandable without its thread.
        said: What the answer says, each with the passage (its position) that it rests on.
        passages: All that was found for the question, best first.
    """
    asked = frozenset(content_words(question))
    yes_no = _ASKS_WHETHER.match(question) is not None
    # Every sentence of an answer meets every one of the passages: each is cut and read once.
    sentences = cache(lambda number: tuple(_sentences(passages[number])))
    read = cache(_Reading.of)
    for mine in said:
        if mine.passage >= len(passages):
            continue
        here = passages[mine.passage]
        for number, there in enumerate(passages):
            if there.document == here.document or not _same_matter(here, there, question):
                continue
            already = [other.sentence for other in said if other.passage == number]
            for sentence in (*already, *sentences(number)):
                if _disagree(read(mine.sentence), read(sentence), asked, yes_no=yes_no):
                    return mine, Said(sentence, number)
    return None


def disagree(one: str, other: str, asked: Iterable[str] = (), *, yes_no: bool = True) -> bool:
    """Whether two sentences say different things about the same matter.

    Args:
        one: A sentence.
        other: Another.
        asked: Stems of what is asked: sentences of different moulds must both be about that.
        yes_no: Whether yes or no is asked for.
    """
    return _disagree(_Reading.of(one), _Reading.of(other), frozenset(asked), yes_no=yes_no)


def _disagree(a: _Reading, b: _Reading, asked: frozenset[str], *, yes_no: bool) -> bool:
    denial = bool(a.denied) != bool(b.denied)
    if denial:
        yes, no = (b, a) if a.denied else (a, b)
        if a.figures != b.figures or not no.denied & (yes.mentioned | yes.permitted):
            return False
    elif not _figures_differ(a.figures, b.figures):
        return False
    if _of_two_cases(a.stems - b.stems, b.stems - a.stems):
        return False
    if _alike(a, b):
        return not _of_other_subjects(a, b)
    # "Which ...?" is answered by sentences that deny all kinds of things.
    return not (denial and not yes_no) and _about(a, b, asked)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sentence as it is compared.

    Attributes:
        mould: Its words in order, figures as "#", negations left out.
        figures: Kind of figure → values.
        stems: Content stems, figures and negations left out.
        mentioned: Stems of all words.
        denied: What it denies: the stem after a negation, or that something is permitted.
        permitted: That something is permitted, if it says so.
    """

    mould: tuple[str, ...]
    figures: dict[str, frozenset[str]]
    stems: frozenset[str]
    mentioned: frozenset[str]
    denied: frozenset[str]
    permitted: frozenset[str]

    @classmethod
    def of(cls, sentence: str) -> _Reading:
        text = unicodedata.normalize("NFKC", sentence).lower()
        figures: dict[str, set[str]] = {}
        rest = []
        position = 0
        for when, start, end in dates(text):
            figures.setdefault("date", set()).add(when)
            rest.append(text[position:start])
            position = end
        text = " § ".join((*rest, text[position:])).replace("n't", " not")
        for day in YEARLY.finditer(text):
            figures.setdefault("date", set()).add(" ".join(sorted(day[0].strip(".").split())))
        tokens = _TOKEN.findall(YEARLY.sub(" § ", text))
        mould: list[str] = []
        for index, token in enumerate(tokens):
            value = _value(tokens, index)
            if value is None:
                mould.append(token)
                continue
            if kind := _kind(tokens, index):
                figures.setdefault(kind, set()).add(value)
            if not mould or mould[-1] != "#":
                mould.append("#")
        spoken = [token for token in mould if token not in _DENYING and token.isalpha()]
        return cls(
            tuple(token for token in mould if token not in _DENYING),
            {kind: frozenset(values) for kind, values in figures.items()},
            frozenset(stem(token) for token in spoken if token not in STOPWORDS),
            frozenset(map(stem, spoken)),
            _denied(mould),
            frozenset({_PERMITTED}) if not _PERMITTING.isdisjoint(spoken) else frozenset(),
        )


def _denied(tokens: Sequence[str]) -> frozenset[str]:
    if not _CONDITIONS.isdisjoint(tokens):
        return frozenset()  # "not without approval" and "with approval" are the same rule
    denied = set()
    for index, token in enumerate(tokens):
        if token in _PROHIBITING:
            denied.add(_PERMITTED)
        elif token in NEGATIONS:
            about = next((t for t in tokens[index + 1 :] if t not in _AUXILIARIES), "")
            denied.add(_PERMITTED if about in _PERMITTING else stem(about))
    return frozenset(denied - {""})


def _value(tokens: Sequence[str], index: int) -> str | None:
    token = tokens[index]
    if token[0].isdigit():
        return _number(token, tokens[index + 1] if index + 1 < len(tokens) else "")
    value = _NUMBER_WORDS.get(token)
    if value is None:
        return None
    if value >= 20 and index + 1 < len(tokens):
        value += _NUMBER_WORDS.get(tokens[index + 1], 0) % 10
    elif index and _NUMBER_WORDS.get(tokens[index - 1], 0) >= 20:
        value += _NUMBER_WORDS[tokens[index - 1]]  # "five" of "twenty-five"
    return str(value)


def _number(token: str, following: str) -> str:
    """A number in one spelling: "1,000.00", "9:00" and "9 am", "2 million"."""
    if ":" in token or (following in ("am", "pm") and token.isdecimal()):
        hours, _, minutes = token.partition(":")
        hour = (
            int(hours) % 12 + 12 * (following == "pm") if following in ("am", "pm") else int(hours)
        )
        return f"{hour}:{minutes or '00'}"
    whole = _CENTS_OF_NOTHING.sub("", token)
    value = next(iter(numbers(whole)), whole)
    scale = _SCALES.get(following, 0)
    try:
        return f"{(Decimal(value) * 10**scale).normalize():f}"
    except InvalidOperation:
        return value


def _kind(tokens: Sequence[str], index: int) -> str:
    """What a figure counts: the next noun's stem, money, a share, a time; "" for a mere label."""
    before = tokens[index - 1] if index else ""
    if before in _LABELS or before == "one":
        return ""
    if ":" in tokens[index]:
        return "time"
    if before and (before in "$€£" or before in _MONEY):
        return f"money{_per(tokens, index)}"
    for token in tokens[index + 1 : index + 5]:
        if token in _SHARE:
            return "%"
        if token in _CLOCK:
            return "time"
        if token in _MONEY:
            return f"money{_per(tokens, index)}"
        if token[0].isdigit() or token in _NUMBER_WORDS or token in _FILLERS:
            continue
        return "" if token in STOPWORDS else f"{_relation(tokens, index)}{stem(token)}"
    return ""


def _relation(tokens: Sequence[str], index: int) -> str:
    """What makes a figure another kind: "after 60 days" is not a length but a moment."""
    for token in reversed(tokens[max(0, index - 3) : index]):
        if token in _RELATIONS:
            return f"{token} "
        if token not in _FILLERS:
            break
    return ""


def _per(tokens: Sequence[str], index: int) -> str:
    for at in range(index + 1, min(index + 6, len(tokens) - 1)):
        if tokens[at] in ("per", "a", "an", "each", "every", "pro"):
            return f"/{stem(tokens[at + 1])}"
    return ""


def _figures_differ(a: dict[str, frozenset[str]], b: dict[str, frozenset[str]]) -> bool:
    """Whether figures of one kind differ; where two kinds do, one is the other's case or year."""
    different = [kind for kind in a.keys() & b.keys() if a[kind] != b[kind]]
    if len(different) != 1:
        return False
    one, other = a[different[0]], b[different[0]]
    return len(one) == len(other) and one.isdisjoint(other)


def _alike(a: _Reading, b: _Reading) -> bool:
    if len(a.stems) < 2:
        return False
    return SequenceMatcher(None, a.mould, b.mould, autojunk=False).ratio() >= ALIKE


def _of_other_subjects(a: _Reading, b: _Reading) -> bool:
    """One word in the place of another makes it another case: "Gold members", "Silver members"."""
    matcher = SequenceMatcher(None, a.mould, b.mould, autojunk=False)
    return any(
        operation == "replace" and _tells(a.mould[i:j]) and _tells(b.mould[k:m])
        for operation, i, j, k, m in matcher.get_opcodes()
    )


def _tells(tokens: Sequence[str]) -> bool:
    return any(
        token not in STOPWORDS and stem(token) not in _VERSION_WORDS and token.isalpha()
        for token in tokens
    )


def _about(a: _Reading, b: _Reading, asked: frozenset[str]) -> bool:
    """Whether sentences of different moulds are both about what is asked, and about little else."""
    if len(asked) < 2:
        return False
    shared = a.stems & b.stems
    return (
        len(a.stems & asked) >= QUESTION_SHARE * len(asked)
        and len(b.stems & asked) >= QUESTION_SHARE * len(asked)
        and len(shared) >= max(2, SHARED * min(len(a.stems), len(b.stems)))
        and max(len(a.stems - b.stems - asked), len(b.stems - a.stems - asked)) <= _MOST_OF_ITS_OWN
    )


def _of_two_cases(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(
        not group.isdisjoint(one) and not group.isdisjoint(other - one) for group in _EXCLUSIVE
    )


def _same_matter(here: Passage, there: Passage, question: str) -> bool:
    """Whether two documents can be about the same matter.

    "Leave policy 2024" and "Leave policy 2026" are, "Leave policy" and "Staff handbook" may be.
    "Contract with Acme" and "Contract with Bolt" are two matters. So are two documents of which
    the question names only one, by a name or by its title.
    """
    asked = frozenset(content_words(question))
    one, other = (_title(passage) for passage in (here, there))
    if one & other:
        return not (one - other and other - one)
    if any(len(mine & asked) > 1 and not its & asked for mine, its in ((one, other), (other, one))):
        return False
    names = frozenset(content_words(" ".join(_NAME.findall(question))))
    return names & _all_words(here) == names & _all_words(there)


def _title(passage: Passage) -> frozenset[str]:
    stems = frozenset(content_words(passage.chunk.title)) - _VERSION_WORDS
    return frozenset(word for word in stems if not word.isdigit())


def _all_words(passage: Passage) -> frozenset[str]:
    chunk = passage.chunk
    said = (chunk.title, *chunk.heading_path, passage.document, chunk.text)
    return frozenset(content_words(" ".join(said)))


def _sentences(passage: Passage) -> Iterator[str]:
    chunk = passage.chunk
    spans = split_sentences(chunk.text, (chunk.title, *chunk.heading_path))
    for position, span in enumerate(spans):
        if span.kind in (UnitKind.HEADING, UnitKind.HEADER, UnitKind.CODE):
            continue
        if not speaks_to_the_model(chunk.text[span.start : span.end]):
            yield plain_unit(chunk.text, spans, position, chunk.columns)
