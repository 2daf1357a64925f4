"""What a model said, sentence by sentence, beside what it is said to rest on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer and where its support must stand.

    Attributes:
        id: Tells the claims of one answer apart.
        text: The sentence, without markers and markup.
        source: The passage with its neighbours, verbatim but for what speaks to the model.
        head: Title and heading path of the passage.
        before: The sentence that this one leans on ("It lasts two days"); empty where none.
    """

    id: str
    text: str
    source: str
    head: str = ""
    before: str = ""

    @property
    def headed_source(self) -> str:
        """The source under its title and headings."""
        return f"{self.head}\n\n{self.source}" if self.head else self.source


@dataclass(frozen=True, slots=True)
class Checked:
    """What one verifier did for one answer.

    Attributes:
        by: The verifier's name.
        kept: Sentences that are in the answer.
        dropped: Sentences that were left out, those included that leaned on one left out.
        requests: How often something outside of this process was asked.
        seconds: How long that took, however much of it went by while more was written.
    """

    by: str
    kept: int = 0
    dropped: int = 0
    requests: int = 0
    seconds: float = 0.0
