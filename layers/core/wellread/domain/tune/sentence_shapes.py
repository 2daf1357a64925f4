"""The shapes of sentences that questions are made from, in English and German.

Each takes a statement in plain words and gives the words of a question, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LONGEST_ACTION = 11
"""Words of what is asked for, at most: longer ones are cut before their next clause."""
_LONGEST_SUBJECT = 7

_GERMAN = re.compile(
    r"\b(?:der|die|das|und|ist|sind|nicht|ein|eine|mit|von|für|auf|werden|wird|zu|den|dem|im|bei)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(?:the|and|is|are|not|a|an|with|of|for|on|to|in|by|or|can|may|must|be)\b", re.IGNORECASE
)
_DEFINITION = re.compile(
    r"(?P<open>[\"“„«]?)(?P<subject>(?:(?:An?|The|Eine?|Der|Die|Das)\s)?[^\W\d_]"
    r"[^,.;:()\"“”„«»–—]{1,60}?)[\"”“»]?\s"
    r"(?:(?P<verb>is|are|ist|sind)\s(?:an?|the|one|any|all|at\s(?:least|most)|up\sto|eine?r?|der|die|"
    r"das|mindestens|höchstens|bis\szu)\s\S.{9,}"
    r"|(?:means?|refers\sto|bedeutet|bezeichnet)\s\S.{9,})$"
)
_NO_SUBJECT = re.compile(
    r"\b(?:if|when|that|which|who|where|because|there|here|this|these|those|it|they|you|we|i|he|she|"
    r"what|following|please|sure|can|shall|may|must|should|will|is|are|was|were|has|have|only|one|not|by|wenn|dass|es|"
    r"sie|wir|ich|hier|dies\w*|folgende\w*|kann|muss|soll|wird|nicht)\b",
    re.IGNORECASE,
)
_MODALS = (
    r"can(?:\snot|not|['’]t)?|may(?:\snot)?|must(?:\snot)?|should(?:\snot)?|shall(?:\snot)?|"
    r"(?:do\snot|don['’]t)\s(?:need|have)\sto|(?:need|have|has|needs)\sto|(?:is|are)\s(?:not\s)?"
    r"(?:allowed|permitted|required|entitled)\sto"
)
_PERMISSION = re.compile(
    rf"(?P<subject>You|We|[^\W\d_][\w’' -]{{1,45}}?)\s(?P<modal>{_MODALS})\s"
    r"(?:(?:only|also|then|always|never)\s)?(?P<action>(?!mean\b|be\sdefined\b)[a-z].{9,})$"
)
_MODAL_ASKED = (
    (re.compile(r"can|may|is|are"), "Can"),
    (re.compile(r"must|shall|need|have|has|do|don"), "Must"),
    (re.compile(r"should"), "Should"),
)
_CONDITION = re.compile(
    r"(?P<word>If|When|Whenever|Once|Wenn|Falls|Sobald)\s(?P<case>[^,;:]{10,90}),\s\S.{14,}$"
)
_PURPOSE = re.compile(
    r"(?P<word>To|Um)\s(?P<goal>(?!(?:the|an?|any|all|our|your|its|this|that|be|date)\b)[a-zäöü][^,;:]{8,80})"
    r",\s\S.{14,}$"
)
_LABEL = re.compile(r"(?P<subject>[^\W_][^.:;–—?!]{1,50}?)(?::|\s[–—-])\s[^\W_].{25,}$", re.DOTALL)
_AMOUNT = re.compile(
    r"(?P<money>[$€£]\s?\d[\d.,]*)|(?<![\w.,/-])(?P<number>\d+(?:[.,]\d+)*)(?:\s|-)?"
    r"(?P<unit>%|percent\b|Prozent\b|[^\W\d_]{3,}(?:\s[^\W\d_]{3,})?)"
)
_TIME = re.compile(
    r"(?:(?:business|calendar|working)\s)?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|"
    r"tagen?|tage|wochen?|monaten?|monate|jahren?|jahre)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"(?:[^\W\d_]{3,}\s)?[^\W\d_]{2,}[^su\W\d_i]s\b")
_CLAUSE = re.compile(
    r"[,;:()–—.]|\s(?:if|when|unless|because|so\sthat|by|using|after|before|until|while|where|which|"
    r"who|that|except|provided|for\sexample|and\s(?:then\s)?(?:you|the)|but|as\slong|such\sas)\s",
    re.IGNORECASE,
)
_YOURS = {"your": "my", "yours": "mine", "yourself": "myself", "you": "I", "you're": "I'm"}
_YOU_ARE = re.compile(r"\byou (are|were)\b", re.IGNORECASE)
_YOU = re.compile(r"\b(?:you're|yourself|yours|your|you)\b", re.IGNORECASE)
_OBJECT_BEFORE = re.compile(r"\b(?:for|to|with|by|of|from|helps?|lets?|allows?|enables?)\s+$", re.I)


def is_german(text: str) -> bool:
    """Whether more of a text's small words are German than English."""
    return len(_GERMAN.findall(text)) > len(_ENGLISH.findall(text))


def definition(said: str) -> Mapping[str, str] | None:
    """The "subject" of a sentence that says what something is, and its "verb" ("is", "are")."""
    found = _DEFINITION.match(said)
    if found is None:
        return None
    subject = found["subject"]
    if _NO_SUBJECT.search(subject) or len(subject.split()) > _LONGEST_SUBJECT:
        return None
    verb = found["verb"] or "is"
    return {"subject": _amid(subject), "verb": {"ist": "is", "sind": "are"}.get(verb, verb)}


def permission(said: str) -> Mapping[str, str] | None:
    """Who ("subject") can, must or should ("modal") do what ("action")."""
    found = _PERMISSION.match(said)
    if found is None:
        return None
    subject, action = found["subject"], _cut(found["action"])
    if subject in ("You", "We"):
        subject = "I" if subject == "You" else "we"
    elif _NO_SUBJECT.search(subject) or len(subject.split()) > _LONGEST_SUBJECT:
        return None
    if len(action.split()) < 2:
        return None
    modal = next(asked for start, asked in _MODAL_ASKED if start.match(found["modal"]))
    return {"subject": _amid(subject), "modal": modal, "action": as_asker(action)}


def condition(said: str) -> Mapping[str, str] | None:
    """The "case" that a sentence begins with, and the "word" before it ("if", "when")."""
    found = _CONDITION.match(said)
    if found is None:
        return None
    word = {"Whenever": "when", "Once": "when"}.get(found["word"], found["word"].lower())
    return {"word": word, "case": as_asker(found["case"])}


def purpose(said: str) -> Mapping[str, str] | None:
    """The "goal" that a sentence names before it says what to do."""
    found = _PURPOSE.match(said)
    return {"goal": as_asker(found["goal"])} if found else None


def label(said: str) -> Mapping[str, str] | None:
    """The "subject" of a statement: a name that stands before a colon or dash."""
    found = _LABEL.match(said)
    if found is None or len(found["subject"].split()) > _LONGEST_SUBJECT:
        return None
    subject = found["subject"].strip()
    return (
        None if _NO_SUBJECT.search(subject) or subject.endswith("means") else {"subject": subject}
    )


def heading(name: str) -> Mapping[str, str]:
    """A heading's "subject" as it stands amid a question, or its "goal" where it says what for."""
    if name.startswith("To ") and name[3:4].islower():
        return {"goal": as_asker(name[3:])}
    first, _, rest = name.partition(" ")
    doing = first.endswith("ing") and first.istitle() and rest
    return {"subject": f"{first.lower()} {rest}" if doing else name}


def amount(said: str) -> Mapping[str, str] | None:
    """The one "number" in a sentence, what it counts ("unit"), and "how" that is asked for."""
    found = list(_AMOUNT.finditer(said))
    if len(found) != 1 or sum(c.isdigit() for c in said) != sum(c.isdigit() for c in found[0][0]):
        return None
    [one] = found
    if one["money"]:
        return {"how": "how much", "unit": "", "number": one["money"]}
    if one["unit"] in ("%", "percent", "Prozent"):
        return {"how": "what percentage", "unit": "", "number": one["number"]}
    if _TIME.match(one["unit"]):
        return {"how": "how long", "unit": "", "number": one["number"]}
    many = _PLURAL.match(one["unit"])
    if many is None or not many[0].islower() or not one["number"].isdigit():
        return None
    return {"how": f"how many {many[0]}", "unit": many[0], "number": one["number"]}


def as_asker(text: str) -> str:
    """What is said to somebody as that person says it: "your instance" is "my instance"."""
    text = _YOU_ARE.sub(lambda found: "I am" if found[1].lower() == "are" else "I was", text)

    def mine(found: re.Match[str]) -> str:
        word = found[0].lower()
        if word == "you" and _OBJECT_BEFORE.search(text[: found.start()]):
            return "me"
        return _YOURS[word]

    return _YOU.sub(mine, text)


def _amid(subject: str) -> str:
    """A sentence's first words as they stand amid another one."""
    first, _, rest = subject.partition(" ")
    common = first.istitle() and rest[:1].islower()
    article = first in ("A", "An", "The", "All", "Any", "Each", "Every", "No", "Eine", "Ein")
    return as_asker(f"{first.lower()} {rest}" if rest and (article or common) else subject)


def _cut(action: str) -> str:
    """The first clause of what somebody does, no longer than a question takes."""
    clause = _CLAUSE.search(action)
    cut = action[: clause.start()] if clause else action
    words = cut.rstrip(".!? ").split()
    return " ".join(words) if len(words) <= _LONGEST_ACTION else ""
