"""Questions about facts, as people ask them.

Each template is filled with the words of a fact (`Fact.words`). The more of them there are, the
less a model learns the templates instead of what to do with a question.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from wellread.domain.text.words import content_words
from wellread.domain.tune.facts import Fact, FactKind

TEMPLATES: Mapping[FactKind, Sequence[str]] = {
    FactKind.HEADING: (
        "What about {subject}?",
        "What should I know about {subject}?",
        "What do the documents say about {subject}?",
        "How does it work: {subject}?",
        "Where can I read about {subject}, and what does it say?",
        "I need something on {subject}",
        "{subject}: what applies?",
    ),
    FactKind.ROW: (
        "What is the {column} of {row}?",
        "What's the {column} for {row}?",
        "{row}: {column}?",
        "{column} for {row}",
        "Which {column} does {row} have?",
        "Tell me the {column} of {row}.",
        "For the {first} {row}, what is the {column}?",
        "What does it say under {column} for {row}?",
    ),
    FactKind.DEFINITION: (
        "What {verb} {subject}?",
        "What {verb} {subject} exactly?",
        "Can you explain what {subject} {verb}?",
        "what's meant by {subject}",
        "Definition of {subject}?",
        "I came across {subject}. What {verb} that?",
    ),
    FactKind.LABEL: (
        "What does {subject} mean?",
        "What is {subject} for?",
        "What is said about {subject}?",
        "{subject}, what is that?",
        "Explain {subject}",
    ),
    FactKind.PERMISSION: (
        "{modal} {subject} {action}?",
        "{modal} {subject} {action}, or not?",
        "What is the rule: {modal_low} {subject} {action}?",
        "I'd like to know: {modal_low} {subject} {action}?",
    ),
    FactKind.CONDITION: (
        "What happens {word} {case}?",
        "What {word} {case}?",
        "What applies {word} {case}?",
        "What do I do {word} {case}?",
        "What do I need to know {word} {case}?",
    ),
    FactKind.PURPOSE: (
        "How do I {goal}?",
        "How can I {goal}?",
        "how to {goal}",
        "What do I have to do to {goal}?",
        "What's the way to {goal}?",
        "I want to {goal}. What should I do?",
    ),
    FactKind.AMOUNT: (
        "{how_up} {terms}?",
        "{terms}: {how}?",
        "{how} for {terms}",
        "What is the number: {how} {terms}?",
    ),
    FactKind.STATEMENT: (
        "{terms}",
        "{terms}?",
        "What do we know about {terms}?",
        "Is there anything on {terms}?",
        "What is said about {terms}?",
        "Do the documents mention {terms}?",
        "I'm looking for {terms}",
    ),
    FactKind.ASKED: (
        "{question}",
        "A colleague asked me: {question}",
    ),
}  # fmt: skip
"""In English, or in no language."""

GERMAN_TEMPLATES: Mapping[FactKind, Sequence[str]] = {
    FactKind.HEADING: (
        "Was gilt bei {subject}?",
        "Was steht zu {subject} in den Dokumenten?",
        "{subject}?",
    ),
    FactKind.ROW: ("{row}: {column}?", "Welche Angabe steht bei {row} unter {column}?"),
    FactKind.DEFINITION: ("Was {german_verb} {subject}?", "Was versteht man unter {subject}?"),
    FactKind.LABEL: ("Was heißt {subject}?", "{subject}?", "Was ist mit {subject} gemeint?"),
    FactKind.PERMISSION: (),
    FactKind.CONDITION: ("Was passiert, {word} {case}?", "Was gilt, {word} {case}?"),
    FactKind.PURPOSE: ("Was muss ich tun, um {goal}?",),
    FactKind.AMOUNT: (),
    FactKind.STATEMENT: (
        "{terms}",
        "{terms}?",
        "Was steht über {terms} in den Dokumenten?",
    ),
    FactKind.ASKED: ("{question}",),
}  # fmt: skip

_LONGEST_TITLE = 50
_LONGEST = 200
_PLAIN_SHARE, _LOWER_SHARE = 0.5, 0.75
"""Of questions: as they are, and without capital and question mark; the rest names the title."""


def question_about(
    fact: Fact, terms: str, title: str, draw: random.Random, *, titled: bool = False
) -> str:
    """A question that a fact answers, the empty text where none can be made.

    Args:
        fact: What is asked for.
        terms: Its rarest words, in its order.
        title: Of its document.
        draw: Says which template.
        titled: Whether the question means nothing without the title.
    """
    templates = (GERMAN_TEMPLATES if fact.german else TEMPLATES)[fact.kind]
    if not templates or ("{terms}" in templates[0] and not terms):
        return ""
    how = fact.words.get("how", "")
    modal = fact.words.get("modal", "")
    made = draw.choice(templates).format_map(
        {
            **fact.words,
            "terms": terms,
            "how_up": how[:1].upper() + how[1:],
            "modal_low": modal.lower(),
            "german_verb": "sind" if fact.words.get("verb") == "are" else "ist",
        }
    )
    question = _framed(" ".join(made.split()), title, draw, titled=titled)
    return question if len(question) <= _LONGEST else ""


def _framed(question: str, title: str, draw: random.Random, *, titled: bool) -> str:
    """A question with its document's title, in lower case, or as it is."""
    told = bool(title) and len(title) <= _LONGEST_TITLE
    if titled and not told:
        return ""
    names_it = set(content_words(title)) <= set(content_words(question))
    share = 1.0 if titled and not names_it else draw.random()
    if share < _PLAIN_SHARE or (share >= _LOWER_SHARE and (not told or names_it)):
        return question
    if share < _LOWER_SHARE:
        return question.rstrip("?. ").lower()
    frame = draw.choice(
        ("{title}: {question}", "{question} ({title})", "About {title}: {question}")
    )
    return frame.format(title=title, question=question)
