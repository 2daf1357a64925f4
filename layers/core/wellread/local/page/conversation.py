"""Ask: one thread of questions and replies."""

from __future__ import annotations

from collections.abc import Callable, Collection

from nicegui import events, ui

from wellread.domain.ask.questions import Mode, Question, ThreadId, validate_question
from wellread.domain.knowledge.errors import InvalidQuestionError
from wellread.local.page.desk import (
    COMPOSER_KEYS,
    Announce,
    Desk,
    button,
    element,
    mode_select,
    text,
)
from wellread.local.page.rendering import words as escaped
from wellread.local.page.replies import ReplyView
from wellread.local.page.sources import SourcePanel
from wellread.wire.document_links import link_to


class Composer:
    """Where a question is typed: Enter sends, Shift+Enter breaks the line."""

    def __init__(
        self,
        name: str,
        placeholder: str,
        on_ask: Callable[[str], object],
        *,
        on_stop: Callable[[], object] | None = None,
        modes: Collection[Mode] = (),
    ) -> None:
        """Build it; `name` is the field's id, and one of several modes can be chosen."""
        self._on_ask = on_ask
        self._busy = False
        with element("div", "wr-composer", role="form", aria_label="Question"):
            self._field = ui.textarea(placeholder=placeholder).props(
                f"autogrow borderless dense for={name}"
            )
            self._field.props["aria-label"] = "Your question"
            self._field.classes("wr-question-field")
            self._field.on("keydown", self._entered, js_handler=COMPOSER_KEYS)
            self._refused = text("", "p", "wr-note wr-note-bad", role="alert")
            with element("div", "wr-composer-foot"):
                self._modes = mode_select(modes) if len(modes) > 1 else None
                text("Enter sends, Shift+Enter breaks the line", "span", "wr-soft wr-keys wr-grow")
                self._stop = button("Stop", on_stop or (lambda: None), icon="stop")
                self._send = button("Ask", self._clicked, kind="primary", icon="arrow_upward")
        self._refused.set_visibility(False)
        self._stop.set_visibility(False)
        self._can_stop = on_stop is not None

    @property
    def mode(self) -> Mode:
        """What the answer may come from."""
        return Mode(self._modes.value) if self._modes is not None else Mode.RAG

    def busy(self, busy: bool) -> None:
        """Whether an answer is on its way; the field stays usable meanwhile."""
        self._busy = busy
        self._send.set_enabled(not busy)
        self._stop.set_visibility(busy and self._can_stop)

    def clear(self) -> None:
        """Empty the field."""
        self._field.set_value("")

    def focus(self) -> None:
        """Put the cursor into the field."""
        self._field.run_method("focus")

    async def _entered(self, event: events.GenericEventArguments) -> None:
        await self.ask(str(event.args))

    async def _clicked(self) -> None:
        await self.ask(self._field.value or "")

    async def ask(self, question: str) -> None:
        """Ask as if the question had been typed and sent; nothing while an answer is coming."""
        if self._busy or not question.strip():
            return
        try:
            validate_question(question.strip())
        except InvalidQuestionError as error:
            # What was typed stays in the field: it is theirs to shorten.
            self._refused.set_content(escaped(str(error)))
            self._refused.set_visibility(True)
            return
        self._refused.set_visibility(False)
        result = self._on_ask(question.strip())
        if hasattr(result, "__await__"):
            await result


class Conversation:
    """The thread on the page."""

    def __init__(
        self, desk: Desk, sources: SourcePanel, announce: Announce, modes: Collection[Mode]
    ) -> None:
        self._desk = desk
        self._sources = sources
        self._announce = announce
        self._thread: ThreadId | None = None
        self._view: ReplyView | None = None
        self._turns = element("div", "wr-turns", role="log", aria_label="Conversation")
        self._turns.props["aria-live"] = "off"  # the page's own live region reads replies out
        self._composer = Composer(
            "wr-question",
            "Ask about your documents",
            self._ask,
            on_stop=self._stop,
            modes=modes,
        )
        self._show_empty()

    def restart(self) -> None:
        """Begin a new conversation."""
        self._stop()
        self._thread = None
        self._turns.clear()
        self._show_empty()
        self._composer.busy(False)
        self._composer.clear()
        self._composer.focus()

    def _show_empty(self) -> None:
        with self._turns, element("div", "wr-empty") as self._empty:
            text("What would you like to know?", "h2")
            text(
                "Ask in your own words. The answer quotes your documents and shows the passage it "
                "rests on; where it finds nothing, wellread tells you so.",
                "p",
            )
            with element("ol", "wr-steps"):
                text("Drop documents into the box marked “Drop files here”.", "li")
                text("Wait until they are indexed; most take a few seconds.", "li")
                text("Ask. Click a number in the answer to see where it comes from.", "li")

    async def _ask(self, words: str) -> None:
        self._composer.clear()
        self._composer.busy(True)
        self._empty.set_visibility(False)
        thread = self._thread
        with self._turns, element("div", "wr-turn") as turn:
            text(words, "p", "wr-asked", aria_label="You asked")
            view = self._view = ReplyView(
                self._desk, self._sources, self._announce, self._composer.ask
            )
        ui.run_javascript(
            f"document.getElementById('{turn.html_id}')?.scrollIntoView({{block: 'start'}})"
        )
        try:
            mode = self._composer.mode
            asked = Question(words, self._desk.asker, mode, thread, links=link_to)
            reply = await view.ask(asked)
            if reply is not None and view is self._view:
                self._thread = reply.thread
            elif view.thread_is_gone:
                self._thread = None  # the next question starts a new one
        finally:
            if view is self._view and not self._turns.is_deleted:
                self._composer.busy(False)

    def _stop(self) -> None:
        if self._view is not None:
            self._view.stop()
            self._view = None
            self._composer.busy(False)
