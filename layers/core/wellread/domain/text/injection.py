"""Text that speaks to a model instead of its readers."""

from __future__ import annotations

import re

_TO_THE_MODEL = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override|ignorier\w*|vergiss)\b .{0,40}
        \b(?:instructions?|prompts?|rules|questions?|above|previous|anweisung\w*|vorgaben|frage)\b
    | \b(?:every|each|all) \s+ (?:of \s+ your \s+)? (?:answers?|repl(?:y|ies)|responses?)
        \s+ (?:must|should|has \s+ to|have \s+ to)\b
    | \b(?:answer|reply|respond) \s+
        (?:only|exclusively|just|with \s+ (?:only|exactly|the \s+ text)) \s+ with\b
    | \b(?:antworte|antworten \s+ sie) \b .{0,20} \b(?:nur|ausschlie(?:ß|ss)lich)\b
    | \b(?:system|hidden|initial) \s+ prompt\b
    | \b(?:note|message|instructions?|reminder) \s+ (?:to|for) \s+ (?:the|any|all) \s+
        (?:ai\b|assistants?|models?|llms?|bots?|chatbots?|language \s+ models?)
    | ^\W*(?:assistant|system) \s* : \s* \S
    | \bas \s+ (?:an \s+ ai|a \s+ language \s+ model) \b
    | \byou \s+ are \s+ now \s+ (?:in \s+ \w+ \s+ mode|an? \s+ \w+|the)\b
    | \b(?:i \s+ order|i \s+ command|i \s+ instruct) \s+ you \b
    | \b(?:tell|ask|urge) \s+ the \s+ (?:user|asker|reader|human)\b
    | \bwhen \s+ (?:you \s+ )? cit(?:e|ing) \s+ (?:your \s+ )? sources\b
    | \b(?:modify|begin|start|end|append|prepend|finish|group) \b .{0,30}
        \b(?:your|the) \s+ (?:answer|reply|response|output)\b
    | <\|[^|<>]*\|>
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def speaks_to_the_model(text: str) -> bool:
    """Whether a piece of a document addresses the model instead of its readers.

    Such a piece is never quoted and supports nothing. It is a second line of defence: what keeps
    instructions harmless is that only what the documents support is said.
    """
    return _TO_THE_MODEL.search(" ".join(text.split())) is not None
