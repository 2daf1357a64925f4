"""Compare: one question in all modes that something answers in, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from nicegui import ui

from wellread.domain.ask.questions import Mode, Question
from wellread.local.page.conversation import Composer
from wellread.local.page.desk import MODE_HINTS, MODE_NAMES, Announce, Desk, element, text
from wellread.local.page.rendering import words as escaped
from wellread.local.page.replies import ReplyView
from wellread.local.page.sources import SourcePanel
from wellread.wire.document_links import link_to

_ORDER = (Mode.BASE, Mode.RAG, Mode.TUNED, Mode.TUNED_RAG)
_ONLY_ONE = (
    "There is one mode so far. Base comes with a language model, the tuned modes with a fine-tuned "
    "model that was promoted."
)


class Comparison:
    """The question and a column for each mode."""

    def __init__(
        self, desk: Desk, sources: SourcePanel, announce: Announce, modes: Collection[Mode]
    ) -> None:
        self._desk = desk
        self._sources = sources
        self._announce = announce
        self._composer = Composer("wr-compare-question", "Ask one question in all modes", self._ask)
        self._asked = text("", "h2", "wr-asked")
        self._asked.set_visibility(False)
        self._lonely = text(_ONLY_ONE, "p", "wr-soft")
        self._place = element("div", "wr-columns")
        self._columns: dict[Mode, ui.element] = {}
        self._show(modes)

    def _show(self, modes: Collection[Mode]) -> None:
        """Have a column for each of these modes, empty."""
        self._place.clear()
        self._columns = {}
        with self._place:
            for mode in filter(modes.__contains__, _ORDER):
                with element("section", "wr-column", aria_label=MODE_NAMES[mode]):
                    text(MODE_NAMES[mode], "h3")
                    text(MODE_HINTS[mode], "p", "wr-soft")
                    self._columns[mode] = element("div")
        self._lonely.set_visibility(len(self._columns) == 1)

    async def _ask(self, words: str) -> None:
        self._composer.clear()
        self._composer.busy(True)
        self._asked.set_content(escaped(words))
        self._asked.set_visibility(True)
        try:
            # A model may have been promoted, or taken away, since the page was opened.
            self._show(await asyncio.to_thread(self._desk.modes))
            views = []
            for mode, column in self._columns.items():
                with column:
                    view = ReplyView(self._desk, self._sources, _silent, self._composer.ask)
                    views.append((mode, view))
            await asyncio.gather(
                *(
                    view.ask(Question(words, self._desk.asker, mode, links=link_to))
                    for mode, view in views
                )
            )
        finally:
            self._composer.busy(False)
        self._announce("All modes have answered.")


def _silent(_: str) -> None:
    """Several answers at once are not read out; the comparison says when it is done."""
