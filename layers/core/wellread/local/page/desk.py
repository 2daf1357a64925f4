"""What the parts of the page share: services, asker, building blocks."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from wellread.bootstrap import Services
from wellread.domain.ask.questions import Asker, Mode
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import WellreadError
from wellread.local.page.rendering import words

logger = logging.getLogger(__name__)

Announce = Callable[[str], None]
"""Tells people who listen to the page that something is done."""

MODE_NAMES = {
    Mode.RAG: "RAG",
    Mode.BASE: "Base",
    Mode.TUNED: "Tuned",
    Mode.TUNED_RAG: "Tuned + RAG",
}
MODE_HINTS = {
    Mode.RAG: "from your documents, with sources",
    Mode.BASE: "from the language model alone",
    Mode.TUNED: "from the fine-tuned model alone",
    Mode.TUNED_RAG: "the fine-tuned model on your documents",
}

COMPOSER_KEYS = (
    "(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing)"
    " { e.preventDefault(); emit(e.target.value); } }"
)
"""Enter sends, Shift+Enter breaks the line, and Enter that ends a composition does neither."""

CITATION_CLICKS = (
    "(e) => { const marker = e.target.closest('[data-cite]'); if (!marker) return;"
    " e.preventDefault(); emit(Number(marker.dataset.cite)); }"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the parts of the page work with.

    Attributes:
        drop: Puts a file into the documents folder.
        max_file_bytes: Larger files are refused before they are sent.
    """

    services: Services
    asker: Asker
    drop: Callable[[str, bytes], DocumentId]
    max_file_bytes: int

    def modes(self) -> tuple[Mode, ...]:
        """The modes that something answers the asker in, at this moment."""
        return self.services.answering.modes(self.asker.scope)


def element(name: str, classes: str = "", **attributes: str) -> ui.element:
    """An HTML element; `aria_label` becomes `aria-label`."""
    made = ui.element(name).classes(classes)
    for key, value in attributes.items():
        made.props[key.strip("_").replace("_", "-")] = value
    return made


def text(content: str, name: str = "div", classes: str = "", **attributes: str) -> ui.html:
    """An element that holds plain text."""
    made = ui.html(words(content), sanitize=False, tag=name).classes(classes)
    for key, value in attributes.items():
        made.props[key.strip("_").replace("_", "-")] = value
    return made


def button(
    label: str,
    on_click: Callable[..., Any],
    *,
    kind: str = "quiet",
    icon: str | None = None,
    icon_only: bool = False,
) -> ui.button:
    """A button; `icon_only` shows the icon and keeps the label for screen readers and as a tip."""
    made = ui.button("" if icon_only else label, on_click=on_click, icon=icon, color=None)
    made.props("flat no-caps dense").classes(f"wr-button wr-{kind}")
    if icon_only:
        made.props["aria-label"] = label
        made.props["title"] = label
    return made


def mode_select(modes: Collection[Mode]) -> ui.select:
    """The choice of what an answer may come from, among these modes."""
    options = {
        mode.value: f"{name}: {MODE_HINTS[mode]}"
        for mode, name in MODE_NAMES.items()
        if mode in modes
    }
    made = ui.select(options, value=Mode.RAG.value).props("dense borderless options-dense")
    # Closed, the short name is enough; open, the options explain themselves.
    made.props["prefix"] = "Mode"

    def shorten() -> None:
        made.props["display-value"] = MODE_NAMES[Mode(made.value)]

    made.on_value_change(shorten)
    shorten()
    return made.classes("wr-mode")


def sentence_of(error: Exception) -> str:
    """What to tell a person about an error: our own words, or a fixed sentence and a number."""
    if isinstance(error, WellreadError):
        return str(error)
    number = uuid.uuid4().hex[:12]
    logger.error("the page failed", exc_info=error, extra={"correlation_id": number})
    return f"Something went wrong inside wellread. Try again; the log has more under {number}."
