"""Telling a greeting, thanks or a call for help from a question about the documents.

A message is small talk where all of it is: its words are read as courtesies, one after the other,
and one word too many makes it a question. "Help" is small talk, "help desk hours" is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from wellread.domain.ask.searching.spelling import slips


class SmallTalk(StrEnum):
    """What a message that asks for nothing is."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    HELP = "help"


_PHRASES = {
    SmallTalk.GREETING: """
        hi, hello, hey, heya, hiya, howdy, greetings, yo, good morning, good afternoon, good
        evening, good day, how are you, how are you doing, how do you do, how is it going, what
        is up, whats up, sup, nice to meet you, hallo, hallöchen, moin, moin moin, servus,
        grüezi, grüß gott, grüß dich, grüß euch, guten morgen, guten tag, guten abend, wie geht
        es dir, wie geht is, wie geht es ihnen, wie geht es, bonjour, salut, hola, buenos días,
        olá, ciao""",
    SmallTalk.THANKS: """
        thanks, thank you, thx, ty, many thanks, thanks a lot, thank you so much, cheers, much
        appreciated, got it, that helped, that helps, that is all, great, perfect, awesome,
        danke, dankeschön, danke schön, danke sehr, vielen dank, besten dank, herzlichen dank,
        tausend dank, super, prima, alles klar, merci, gracias, grazie, ok, okay, cool, nice,
        alright""",
    SmallTalk.GOODBYE: """
        bye, bye bye, goodbye, good bye, good night, see you, see you later, see you soon, see
        you tomorrow, take care, have a nice day, have a good day, tschüss, tschüs, tschau, ciao
        ciao, auf wiedersehen, bis bald, bis später, bis dann, bis morgen, gute nacht, schönen
        tag, einen schönen tag, mach is gut, au revoir, adiós""",
    SmallTalk.HELP: """
        help, help me, i need help, i need some help, can you help, can you help me, could you
        help me, can i ask you something, can i ask a question, i have a question, how can you
        help, how can you help me, what can you do, what can you do for me, what do you do, what
        do you know, what can you tell me, what can you help me with, what can i do here, what
        can i ask, what can i ask you, what should i ask, what questions can i ask, what
        questions can you answer, what can you answer, what kind of questions can i ask, what
        are you, who are you, who made you, what is your name, what are you for, what are your
        capabilities, what are you able to do, what documents do you have, what documents do you
        know, which documents do you have, which documents do you know, how do you work, how can
        i use you, how do i use you, how do i use wellread, how does wellread work, what is
        wellread, who is wellread, what does wellread do, what can wellread do, are you a bot,
        are you an ai, are you a robot, are you human, are you a human, are you there, introduce
        yourself, tell me about yourself, hilfe, hilf mir, ich brauche hilfe, kannst du helfen,
        kannst du mir helfen, können sie helfen, können sie mir helfen, ich habe eine frage, wie
        kannst du helfen, wie kannst du mir helfen, wie können sie mir helfen, was kannst du,
        was kannst du tun, was kannst du alles, was kannst du für mich tun, was können sie, was
        machst du, was tust du, was weißt du, was kann ich fragen, was kann ich dich fragen, was
        kann ich sie fragen, was kann ich hier fragen, was kann ich hier tun, was soll ich
        fragen, wer bist du, was bist du, wer sind sie, wie heißt du, wie funktionierst du, wie
        funktioniert wellread, was ist wellread, bist du ein bot, bist du ein mensch, wozu bist
        du da, welche dokumente hast du, welche dokumente kennst du, was kannst du beantworten,
        what documents are there, which documents are there, what documents are available, which
        documents are available, list documents, list all documents, show me the documents, what
        is in the documents, what topics are there, which topics are there, what topics do you
        cover, what model are you, which model are you, are you chatgpt, welche dokumente gibt
        es, welche themen gibt es, welche themen kennst du, zeig mir die dokumente""",
}

_OPENING = """
    what is this, what is this place, how does this work, how does it work, how do i use this,
    how do i start, where do i start, was ist das, was ist das hier, wie funktioniert das,
    wie geht das, wie fange ich an
"""
"""What asks about wellread at the start of a thread only: later it leans on an answer."""

_FILLERS = """
    wellread, there, please, ok, okay, oh, well, so, all, everyone, again, then, now, you, very,
    much, a lot, bot, dear, team, for now, bitte, zusammen, na, also, liebe, lieber, dir, ihnen,
    euch, noch, nochmal
"""

_SAID_FOR_SHORT = {"u": "you", "r": "are", "ur": "your", "pls": "please", "plz": "please"}
_WORD = re.compile(r"[^\W_]+")
_SHORT_IS = re.compile(r"\b(\w+)['’]s\b")
_THANKS_FOR = re.compile(
    r"(?:many )?(?:thanks|thank you|thx|danke|vielen dank)\b.{0,20}\b(?:for|fur)\b"
)
_GOES_ON = re.compile(r"[?？]|\b(?:and|but|or|what|how|when|und|aber|oder|was|wie|wann)\b")
_LONGEST_THANKS = 9
_SHORTEST_ALONE = 4
"""A message of one mistyped word is no shorter: "key" is no greeting."""

_SHORTEST_MEANT = 3


def _folded(text: str) -> str:
    """A text in small letters without accents, which many leave out."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def _squeezed(word: str) -> str:
    """A word with every letter once where it is repeated: "hellooo" is "hello"."""
    return re.sub(r"(.)\1+", r"\1", word)


def _phrases(listed: str) -> list[tuple[str, ...]]:
    return [tuple(map(_squeezed, phrase.split())) for phrase in _folded(listed).split(",")]


_KNOWN: dict[tuple[str, ...], SmallTalk | None] = {
    **dict.fromkeys(_phrases(_FILLERS)),
    **{phrase: kind for kind, listed in _PHRASES.items() for phrase in _phrases(listed)},
}
_AT_FIRST = dict.fromkeys(_phrases(_OPENING), SmallTalk.HELP)
_LONGEST = max(map(len, (*_KNOWN, *_AT_FIRST)))
_VOCABULARY = frozenset(word for phrase in _KNOWN for word in phrase)


def small_talk(text: str, *, opening: bool = True) -> SmallTalk | None:
    """What kind of small talk a message is; None for a question.

    Args:
        text: What was asked.
        opening: Whether nothing came before it, so that "How does this work?" can only mean us.
    """
    folded = _folded(text)
    if _THANKS_FOR.match(folded.lstrip()) and not _GOES_ON.search(folded):
        return SmallTalk.THANKS if len(_WORD.findall(folded)) <= _LONGEST_THANKS else None
    return _read([frozenset({word}) for word in map(_squeezed, _words(folded))], opening)


def mistyped(text: str, *, opening: bool = True) -> tuple[SmallTalk, frozenset[str]] | None:
    """The small talk that a message is but for slips of the fingers, and the words with slips.

    "Tanks" may be "thanks", or a question about tanks: the caller checks whether the documents know
    the words.
    """
    asked = _words(_folded(text))
    wrong = [word for word in asked if _squeezed(word) not in _VOCABULARY]
    if not wrong or len(wrong) > max(1, len(asked) // 2):
        return None
    alone = len(wrong) == len(asked)
    if alone and len(wrong[0]) < _SHORTEST_ALONE:
        return None
    meant = [_meant(word, alone) if word in wrong else {_squeezed(word)} for word in asked]
    kind = _read([frozenset(words) for words in meant], opening)
    return (kind, frozenset(wrong)) if kind else None


def _words(folded: str) -> list[str]:
    whole = _SHORT_IS.sub(r"\1 is", folded)
    return [_SAID_FOR_SHORT.get(word, word) for word in _WORD.findall(whole)]


def _read(words: Sequence[frozenset[str]], opening: bool) -> SmallTalk | None:
    """Read the words as phrases, longest first; the last kind that is no greeting counts most."""
    known = {**_KNOWN, **_AT_FIRST} if opening else _KNOWN
    kinds: list[SmallTalk | None] = []
    position = 0
    while position < len(words):
        rest = words[position : position + _LONGEST]
        fitting = [
            phrase
            for phrase in known
            if len(phrase) <= len(rest)
            and all(word in may for word, may in zip(phrase, rest, strict=False))
        ]
        if not fitting:
            return None
        phrase = max(fitting, key=len)
        kinds.append(known[phrase])
        position += len(phrase)
    said = [kind for kind in kinds if kind]
    telling = [kind for kind in said if kind is not SmallTalk.GREETING]
    return (telling or said or [None])[-1]


def _meant(word: str, alone: bool) -> set[str]:
    """The words of small talk that a word is one slip away from."""
    squeezed = _squeezed(word)
    return {known for known in _VOCABULARY if _one_slip(squeezed, known, alone)}


def _one_slip(word: str, known: str, alone: bool) -> bool:
    """Whether a word was meant for a known one; alone, none of its letters may be another."""
    if len(known) < _SHORTEST_MEANT or slips(word, known, 1, first_kept=False) is None:
        return False
    return not alone or len(word) != len(known) or sorted(word) == sorted(known)
