"""Compare: one question in all four modes, side by side."""

from __future__ import annotations

import asyncio

from nicegui import ui

from wellread.domain.ask.questions import Mode, Question
from wellread.local.page.conversation import Composer
from wellread.local.page.desk import MODE_HINTS, MODE_NAMES, Announce, Desk, element, text
from wellread.local.page.rendering import words as escaped
from wellread.local.page.replies import ReplyView
from wellread.local.page.sources import SourcePanel
from wellread.wire.document_links import link_to

ORDER = (Mode.BASE, Mode.RAG, Mode.TUNED, Mode.TUNED_RAG)


class Comparison:
    """The question and its four columns."""

    def __init__(self, desk: Desk, sources: SourcePanel, announce: Announce) -> None:
        self._desk = desk
        self._sources = sources
        self._announce = announce
        self._composer = Composer(
            "wr-compare-question", "Ask one question in all four modes", self._ask, modes=False
        )
        self._asked = text("", "h2", "wr-asked")
        self._asked.set_visibility(False)
        self._columns: dict[Mode, ui.element] = {}
        with element("div", "wr-columns"):
            for mode in ORDER:
                with element("section", "wr-column", aria_label=MODE_NAMES[mode]):
                    text(MODE_NAMES[mode], "h3")
                    text(MODE_HINTS[mode], "p", "wr-soft")
                    self._columns[mode] = element("div")

    async def _ask(self, words: str) -> None:
        self._composer.clear()
        self._composer.busy(True)
        self._asked.set_content(escaped(words))
        self._asked.set_visibility(True)
        views = []
        for mode, column in self._columns.items():
            column.clear()
            with column:
                view = ReplyView(self._desk, self._sources, _silent, self._composer.ask)
                views.append((mode, view))
        try:
            await asyncio.gather(
                *(
                    view.ask(Question(words, self._desk.asker, mode, links=link_to))
                    for mode, view in views
                )
            )
        finally:
            self._composer.busy(False)
        self._announce("All four modes have answered.")


def _silent(_: str) -> None:
    """Four answers at once are not read out; the comparison says when it is done."""
