"""What Teams shows beside conversations: nothing.

Questions to choose from stand below a message, and so does a welcome offer them.
"""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.said import Home


class TeamsPanes:
    """`Panes` of Teams."""

    def suggest(self, place: Place, questions: Sequence[str]) -> None:
        """There is no such pane."""

    def entitle(self, place: Place, title: str) -> None:
        """Conversations have no titles."""

    def show_home(self, person: Person, home: Home) -> None:
        """There is no such page."""
