"""Claims checked by their words, without any model."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.ask.checking.claims import Claim
from wellread.domain.ask.checking.support import supported


class WordsVerifier:
    """Compares the words of claim and source; needs nothing and never fails."""

    name = "words"

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim's source says it, for all that words tell."""
        return [supported(claim.text, claim.source, claim.head) for claim in claims]
