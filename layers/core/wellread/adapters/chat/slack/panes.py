"""What Slack shows beside conversations: prompts and titles of the assistant's pane, App Home.

Sources: https://docs.slack.dev/reference/methods/assistant.threads.setSuggestedPrompts
https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from wellread.adapters.chat.slack.blocks import Block, contexts, section, sections
from wellread.adapters.chat.slack.web import FATAL, RefusedError, SlackWeb
from wellread.adapters.chat.slack.wording import in_mrkdwn, linked
from wellread.adapters.chat.wording import in_plain
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.said import Home, HomeDocument

logger = logging.getLogger(__name__)

_LISTED = 10
"""Lines of a list on the page, which takes 100 blocks."""
_PROMPTS, _PROMPT_CHARACTERS, _TITLE_CHARACTERS = 4, 300, 60


class SlackPanes:
    """`Panes` of Slack."""

    def __init__(self, web: SlackWeb) -> None:
        """Show by this client."""
        self._web = web

    def suggest(self, place: Place, questions: Sequence[str]) -> None:
        prompts = [
            {
                "title": in_plain(each, _TITLE_CHARACTERS),
                "message": in_plain(each, _PROMPT_CHARACTERS),
            }
            for each in questions[:_PROMPTS]
        ]
        if prompts:
            self._show(
                "assistant.threads.setSuggestedPrompts",
                channel_id=place.conversation,
                thread_ts=place.thread or None,
                prompts=prompts,
            )

    def entitle(self, place: Place, title: str) -> None:
        self._show(
            "assistant.threads.setTitle",
            channel_id=place.conversation,
            thread_ts=place.thread,
            title=in_plain(title, _TITLE_CHARACTERS),
        )

    def show_home(self, person: Person, home: Home) -> None:
        view = {"type": "home", "blocks": list(_home(home))}
        self._show("views.publish", user_id=person.id, view=view)

    def _show(self, method: str, **arguments: Any) -> None:
        try:
            self._web.call(method, **arguments)
        except RefusedError as error:
            if error.code in FATAL:
                raise
            # A workspace may have no such pane.
            logger.warning("a pane is not shown", extra={"method": method, "code": error.code})


def _home(home: Home) -> Iterator[Block]:
    known = "1 document" if home.documents == 1 else f"{home.documents:,} documents"
    yield {"type": "header", "text": {"type": "plain_text", "text": "What I know"}}
    if home.more:
        known = f"more than {known}"
    if home.documents:
        yield section(f"I can answer from {known} that you may read.")
    else:
        yield section(
            "There is nothing yet that I could answer you from. Documents that you may read appear "
            "here once they are added."
        )
    yield from _documents("Newest", home.freshest)
    yield {"type": "header", "text": {"type": "plain_text", "text": "How to ask"}}
    yield section(
        "• Mention me in a conversation: everybody there sees the answer.\n"
        "• Write to me in *Messages*, or use `/ask`: you alone see it.\n"
        "• Send me a file in *Messages* to have it added, once somebody approves.\n"
        "Every answer names the documents that it is from. Where they do not say, I say so."
    )
    if home.offers:
        yield from sections(
            ["*You could ask*", *(f"• {in_mrkdwn(each)}" for each in home.offers[:_LISTED])]
        )
    yield from _documents("Your files", home.files)
    if home.questions:
        yield {"type": "header", "text": {"type": "plain_text", "text": "Your last questions"}}
        yield from sections(f"• {in_mrkdwn(each, 200)}" for each in home.questions[:_LISTED])
    yield from contexts(["Nobody but you sees this page."])


def _documents(head: str, documents: Sequence[HomeDocument]) -> Iterator[Block]:
    lines = [
        f"• {linked(each.link, each.name)}{f' · {state}' if state else ''}"
        for each in documents[:_LISTED]
        for state in [in_mrkdwn(each.state, 300)]
    ]
    if lines:
        yield {"type": "header", "text": {"type": "plain_text", "text": head}}
        yield from sections(lines)
