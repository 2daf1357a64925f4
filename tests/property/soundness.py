"""What holds for every text that a parser hands on, and for the chunks that are made of it."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import settings

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError

LIMITS = ParseLimits()
_USUAL_EXAMPLES = 100
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff]")


def examples(number: int) -> settings:
    """As many examples, or more where the profile asks for more than is usual."""
    return settings(max_examples=number * settings().max_examples // _USUAL_EXAMPLES)


def outcome(name: str, data: bytes) -> ParsedText | DocumentError:
    """What the fronts make of a file: a text, which is sound, or a typed error."""
    try:
        parsed = parse_document(name, data, LIMITS)
    except DocumentError as error:
        return error
    assert_sound(parsed)
    return parsed


def said(found: ParsedText | DocumentError) -> str:
    """What a person learns of a file: its text, or why there is none and what to do."""
    if isinstance(found, ParsedText):
        return found.text
    assert found.fix
    return found.reason


def assert_sound(parsed: ParsedText) -> None:
    """Offsets point at what they name, and chunks hold every visible character once."""
    text = parsed.text
    assert text.strip()
    assert not _UNWANTED.search(text)
    assert [h.start for h in parsed.headings] == sorted(h.start for h in parsed.headings)
    for heading in parsed.headings:
        assert text[: heading.start].endswith(("", "\n")[bool(heading.start)])
        # The markup of a heading stays in the text of markdown.
        if parsed.media_type not in ("text/markdown", "message/rfc822"):
            assert text.startswith(heading.title, heading.start), heading
    for before, after in pairwise(parsed.pages):
        assert before.number < after.number
        assert before.end <= after.start
    for page in parsed.pages:
        assert 0 <= page.start <= page.end <= len(text)
    chunks = chunk(parsed, parsed.title)
    place = 0
    for piece in chunks:
        assert piece.text == text[piece.start : piece.end]
        assert not text[place : piece.start].strip()
        assert piece.text.strip()
        place = piece.end
    assert not text[place:].strip()
