"""What a run of generators has come to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wellread.domain.ask.answers import Outcome
from wellread.domain.ask.checking.claims import Checked
from wellread.domain.knowledge.documents import Passage


@dataclass(frozen=True, slots=True)
class Drafted:
    """An outcome, and how it came about.

    Attributes:
        outcome: None where nobody could speak.
        notices: Sentences for the asker about it: why a generator could not speak, or stopped.
        checked: What was checked by what.
        passages: What was found for the question, best first.
        searched_for: The question as it was searched for in the end; empty where it was not.
    """

    outcome: Outcome | None = None
    notices: tuple[str, ...] = ()
    checked: tuple[Checked, ...] = ()
    passages: tuple[Passage, ...] = ()
    searched_for: str = ""

    def then(self, later: Drafted) -> Drafted:
        """The outcome of a later run, with what was told and checked in both."""
        return replace(
            self,
            outcome=later.outcome,
            notices=self.notices + later.notices,
            checked=self.checked + later.checked,
        )
