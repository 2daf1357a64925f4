"""Whether a source says what a claim says, by their words."""

from __future__ import annotations

from wellread.domain.words import content_words, written_numbers


def supported(claim: str, source: str, head: str = "") -> bool:
    """Whether a source supports a claim, for all that its words tell.

    Args:
        claim: A sentence.
        source: The passage with its neighbours.
        head: Its title and headings.
    """
    wanted, there = set(content_words(claim)), set(content_words(f"{head}\n{source}"))
    if not wanted or not written_numbers(claim) <= written_numbers(f"{head}\n{source}"):
        return False
    return 2 * len(wanted & there) >= len(wanted)
