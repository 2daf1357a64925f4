"""One reply as it comes in: text, sources, what went wrong, and the asker's verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress

from nicegui import events, ui

from wellread.domain.ask.answers import (
    Answer,
    Declined,
    DeclineReason,
    DeltaEvent,
    Feedback,
    Reply,
    StatusEvent,
    Verdict,
    how_recent,
)
from wellread.domain.ask.questions import Question
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.text.harmless import harmless, visible_name
from wellread.local.page.desk import (
    CITATION_CLICKS,
    MODE_NAMES,
    Announce,
    Desk,
    button,
    element,
    sentence_of,
    text,
)
from wellread.local.page.rendering import answer_html, words
from wellread.local.page.sources import SourcePanel
from wellread.local.streaming import begin

_HINTS = {
    DeclineReason.NOT_IN_DOCUMENTS: "Name the thing you are after as the documents would, or ask "
    "for one thing at a time. If the answer should be there, drop the document that holds it.",
}
_HINTS[DeclineReason.NOT_GROUNDED] = _HINTS[DeclineReason.NOT_IN_DOCUMENTS]


class ReplyView:
    """The card of one reply."""

    def __init__(
        self,
        desk: Desk,
        sources: SourcePanel,
        announce: Announce,
        on_offer: Callable[[str], object],
    ) -> None:
        """Build the card, waiting for words.

        Args:
            desk: The services and the asker.
            sources: Where citations open.
            announce: Tells people who listen to the page that something is done.
            on_offer: Called with the question that a decline offers, once it is clicked.
        """
        self._desk = desk
        self._sources = sources
        self._announce = announce
        self._on_offer = on_offer
        self._reply: Reply | None = None
        self._task: asyncio.Task[Reply | None] | None = None
        self._said = ""
        self.thread_is_gone = False
        with element("article", "wr-reply", aria_busy="true", aria_label="Reply") as self._card:
            self._status = text("Thinking", "p", "wr-status")
            self._text = ui.html("", tag="div").classes("wr-answer")
            self._text.on("click", self._open_citation, js_handler=CITATION_CLICKS)
            self._after = element("div", "wr-after")

    async def ask(self, question: Question) -> Reply | None:
        """Ask a question and show what comes; None where there was no reply."""
        self._task = asyncio.create_task(self._follow(question))
        with suppress(asyncio.CancelledError):
            return await self._task
        return None

    def stop(self) -> None:
        """Stop waiting for the rest of the answer."""
        if self._task is not None and self._task.cancel() and not self._card.is_deleted:
            self._finish("Stopped.")

    async def _follow(self, question: Question) -> Reply | None:
        try:
            stream = await begin(lambda: self._desk.services.answering.stream(question))
            async with aclosing(stream) as incoming:
                async for event in incoming:
                    if self._card.is_deleted:
                        return None
                    if isinstance(event, StatusEvent):
                        self._status.set_content(words(event.text))
                    elif isinstance(event, DeltaEvent):
                        self._said += event.text
                        self._text.set_content(answer_html(self._said, 0))
                    else:
                        self._show(event.reply)
        except Exception as error:
            self.thread_is_gone = isinstance(error, NotFoundError)
            if not self._card.is_deleted:
                self._fail(sentence_of(error))
        return self._reply

    def _show(self, reply: Reply) -> None:
        self._reply = reply
        outcome = reply.outcome
        self._text.set_content(answer_html(outcome.text, len(reply.citations)))
        with self._after:
            if isinstance(outcome, Declined):
                if outcome.reason is not DeclineReason.GUIDANCE:
                    self._card.classes("wr-declined")
                self._show_decline(outcome)
            else:
                self._show_sources(outcome)
            for notice in outcome.notices:
                text(notice, "p", "wr-note")
            self._show_foot(reply)
        self._finish("")
        guided = isinstance(outcome, Declined) and outcome.reason is DeclineReason.GUIDANCE
        kind = "No answer" if reply.declined and not guided else "Answer"
        self._announce(f"{kind}: {outcome.text}")

    def _finish(self, said: str) -> None:
        self._card.props["aria-busy"] = "false"
        self._card.update()
        self._status.set_content(said)
        self._status.set_visibility(bool(said))

    def _fail(self, sentence: str) -> None:
        self._finish("")
        self._card.classes("wr-failed")
        with self._after:
            text(sentence, "p", "wr-note wr-note-bad", role="alert")

    def _show_sources(self, answer: Answer) -> None:
        if not answer.citations:
            return
        with element("div", "wr-sources", role="group", aria_label="Sources"):
            for number, citation in enumerate(answer.citations, start=1):
                name = citation.title or harmless(citation.document)
                page = f", p. {citation.page}" if citation.page is not None else ""
                dated = f", {citation.dated}" if citation.dated else ""
                chip = button(
                    f"{name}{page}{dated}",
                    lambda c=citation, n=number: self._sources.show_citation(c, n),
                    kind="chip",
                )
                chip.props["title"] = " · ".join(
                    filter(None, (visible_name(citation.document), how_recent(citation)))
                )
                chip.props["aria-label"] = f"Source {number}: {name}{page}{dated}"
                with chip:
                    text(str(number), "span", "wr-number").move(target_index=0)

    def _show_decline(self, outcome: Declined) -> None:
        if outcome.nearest:
            text("Closest documents", "h3", "wr-small-head")
            if quote := outcome.nearest[0].line:
                text(f"“{quote}”", "blockquote", "wr-nearest")
            with element("div", "wr-sources", role="group", aria_label="Closest documents"):
                for nearest in outcome.nearest:
                    button(
                        nearest.name,
                        lambda n=nearest: self._sources.show_nearest(n),
                        kind="chip",
                        icon="description",
                    ).props["title"] = visible_name(nearest.document)
        if outcome.offers:
            text("You could ask", "h3", "wr-small-head")
            with element("div", "wr-sources"):
                for offer in outcome.offers:
                    button(offer, lambda o=offer: self._on_offer(o), kind="chip", icon="chat")
        if hint := _HINTS.get(outcome.reason):
            text(hint, "p", "wr-soft")

    def _show_foot(self, reply: Reply) -> None:
        with element("footer", "wr-reply-foot"):
            text(
                f"{MODE_NAMES[reply.mode]} · {reply.outcome.answered_by}",
                "span",
                "wr-soft wr-grow",
            )
            if reply.worth_a_verdict:
                FeedbackBar(self._desk, reply)

    async def _open_citation(self, event: events.GenericEventArguments) -> None:
        number = int(event.args)
        if self._reply is not None and 1 <= number <= len(self._reply.citations):
            await self._sources.show_citation(self._reply.citations[number - 1], number)


class FeedbackBar:
    """Thumbs up, thumbs down with the reason, and a word that it was kept."""

    def __init__(self, desk: Desk, reply: Reply) -> None:
        self._desk = desk
        self._reply = reply
        self._kept = text("", "span", "wr-kept", role="status")
        self._up = button("Good answer", self._praise, icon="thumb_up", icon_only=True)
        self._down = button("Bad answer", self._open, icon="thumb_down", icon_only=True)
        self._mark(None)

    async def _praise(self) -> None:
        await self._give(Verdict.UP)

    def _open(self) -> None:
        with ui.dialog() as dialog, element("div", "wr-form"):
            dialog.props["aria-label"] = "What was wrong?"
            text("What was wrong?", "h2")
            reason = ui.textarea("Reason (optional)").props("autogrow outlined maxlength=4000")
            reason.props["autofocus"] = True
            correction = ui.textarea("Better answer (optional)").props(
                "autogrow outlined maxlength=4000"
            )

            async def send() -> None:
                dialog.close()
                await self._give(Verdict.DOWN, reason.value or None, correction.value or None)

            with element("div", "wr-row wr-end"):
                button("Cancel", dialog.close)
                button("Send feedback", send, kind="primary")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _give(
        self, verdict: Verdict, reason: str | None = None, correction: str | None = None
    ) -> None:
        given = Feedback(self._reply.thread, self._reply.turn, verdict, reason, correction)
        try:
            await asyncio.to_thread(self._desk.services.feedback.give, self._desk.asker, given)
        except Exception as error:
            self._kept.set_content(words(sentence_of(error)))
            return
        self._mark(verdict)
        self._kept.set_content("Thank you, saved.")

    def _mark(self, verdict: Verdict | None) -> None:
        for made, own in ((self._up, Verdict.UP), (self._down, Verdict.DOWN)):
            made.props["aria-pressed"] = "true" if own is verdict else "false"
            made.update()
