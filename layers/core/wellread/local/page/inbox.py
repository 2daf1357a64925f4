"""Inbox: replies that did not help, what was said of them, and the better answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from wellread.domain.ask.cases import Case
from wellread.domain.ask.correcting import Correction, Quote
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.ask.reviewed import VALID_DAYS
from wellread.domain.text.harmless import visible_name
from wellread.local.page.desk import Announce, Desk, button, element, sentence_of, text
from wellread.local.page.rendering import answer_html, words
from wellread.services.ask.cases import SeenCase
from wellread.services.ask.reviewed import ReviewedState, SeenAnswer

_WHAT = (
    "Replies that somebody found bad, with what they rested on. What you answer is shown first to "
    "the same question, for as long as its passages stand."
)
_STATES = {
    ReviewedState.VALID: "shown",
    ReviewedState.EXPIRED: "expired",
    ReviewedState.STRUCK: "struck: a passage changed",
}


@dataclass(frozen=True, slots=True)
class _Found:
    cases: tuple[SeenCase, ...]
    reviewed: tuple[SeenAnswer, ...]


class Inbox:
    """The cases that the asker may see, and the answers that were reviewed."""

    def __init__(self, desk: Desk, announce: Announce) -> None:
        self._desk = desk
        self._announce = announce
        text("Inbox", "h2")
        text(_WHAT, "p", "wr-soft")
        self._problem = text("", "p", "wr-note wr-note-bad", role="alert")
        self._problem.set_visibility(False)
        self._list = element("div", "wr-cases")
        text("Reviewed answers", "h2")
        self._reviewed = element("div", "wr-cases")

    async def refresh(self) -> None:
        """Look again, and show what is there now."""
        try:
            found = await asyncio.to_thread(self._look)
        except Exception as error:
            self._fail(error)
            return
        self._problem.set_visibility(False)
        self._list.clear()
        self._reviewed.clear()
        with self._list:
            for seen in found.cases:
                self._show_case(seen)
            if not found.cases:
                text("There is nothing to look at.", "p", "wr-soft")
        with self._reviewed:
            for answer in found.reviewed:
                self._show_reviewed(answer)
            if not found.reviewed:
                text("There are none yet.", "p", "wr-soft")

    def _look(self) -> _Found:
        services, scope = self._desk.services, self._desk.asker.scope
        cases = services.cases
        return _Found(
            tuple(cases.show(each.id, scope) for each in cases.list(scope)),
            tuple(services.reviewed.list(scope)),
        )

    def _show_case(self, seen: SeenCase) -> None:
        case = seen.case
        with element("article", "wr-reply wr-case", aria_label=f"Case: {case.question}"):
            text(case.question, "h3", "wr-asked")
            ui.html(answer_html(case.answer, 0), sanitize=False).classes("wr-answer")
            for place in case.quoted:
                self._show_place(place, changed=place in seen.changed)
            for remark in case.remarks:
                said = remark.feedback
                for what, given in (("Reason", said.reason), ("Better", said.correction)):
                    if given:
                        text(f"{what}: {given}", "p", "wr-nearest")
            with element("div", "wr-row wr-reply-foot"):
                button("Answer", lambda: self._open(case), kind="primary")
                button("Dismiss", lambda: self._dismiss(case))

    def _show_place(self, place: QuotedPlace, *, changed: bool) -> None:
        since = " (changed since)" if changed else ""
        text(f"{visible_name(place.document)}{since}", "p", "wr-small-head")
        text(" ".join(place.quote.split()), "p", "wr-soft")

    def _show_reviewed(self, seen: SeenAnswer) -> None:
        answer = seen.answer
        with element("article", "wr-reply wr-case", aria_label=f"Reviewed: {answer.question}"):
            text(answer.question, "h3", "wr-asked")
            html = answer_html(f"{answer.text}\n\n{answer.notice}", 0)
            ui.html(html, sanitize=False).classes("wr-answer")
            with element("div", "wr-row wr-reply-foot"):
                text(_STATES[seen.state], "span", "wr-soft wr-grow")
                button("Withdraw", lambda: self._withdraw(seen))

    def _open(self, case: Case) -> None:
        """Ask for the better answer."""
        with ui.dialog() as dialog, element("div", "wr-form"):
            dialog.props["aria-label"] = "Answer the case"
            text(case.question, "h2")
            answer = _field("Answer", "\n\n".join(case.proposals[-1:]))
            quotes = _field("Passages that it rests on, word for word, one a line (optional)")
            name = ui.input("Your name; readers are told").props("outlined maxlength=100")
            days = ui.number("Days for which it is shown", value=VALID_DAYS, min=1, precision=0)
            days.props("outlined")
            problem = text("", "p", "wr-note wr-note-bad", role="alert")
            problem.set_visibility(False)

            async def send() -> None:
                lines = (line.strip() for line in (quotes.value or "").splitlines())
                correction = Correction(
                    answer.value or "",
                    name.value or "",
                    tuple(Quote(line) for line in lines if line),
                    days=int(days.value or 0),
                )
                try:
                    await asyncio.to_thread(
                        self._desk.services.correcting.approve,
                        case.id,
                        self._desk.asker.scope,
                        correction,
                    )
                except Exception as error:
                    problem.set_content(words(sentence_of(error)))
                    problem.set_visibility(True)
                    return
                dialog.close()
                self._announce("Answered")
                await self.refresh()

            with element("div", "wr-row wr-end"):
                button("Cancel", dialog.close)
                button("Show this answer", send, kind="primary")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _dismiss(self, case: Case) -> None:
        dismiss = self._desk.services.cases.dismiss
        await self._do(lambda: dismiss(case.id, self._desk.asker.scope), "Dismissed")

    async def _withdraw(self, seen: SeenAnswer) -> None:
        withdraw = self._desk.services.reviewed.withdraw
        await self._do(lambda: withdraw(seen.answer.id, self._desk.asker.scope), "Withdrawn")

    async def _do(self, act: Callable[[], Any], done: str) -> None:
        try:
            await asyncio.to_thread(act)
        except Exception as error:
            self._fail(error)
            return
        self._announce(done)
        await self.refresh()

    def _fail(self, error: Exception) -> None:
        self._problem.set_content(words(sentence_of(error)))
        self._problem.set_visibility(True)


def _field(label: str, value: str = "") -> ui.textarea:
    return ui.textarea(label, value=value).props("autogrow outlined maxlength=4000")
