"""A reply that grows in Slack: `chat.startStream`, `chat.appendStream`, `chat.stopStream`.

Source: https://docs.slack.dev/reference/methods/chat.startStream
"""

from __future__ import annotations

from wellread.adapters.chat.answer_text import MARKDOWN_CHARACTERS, as_markdown, settled
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.domain.chat.events import Person
from wellread.domain.knowledge.errors import TransientError, WellreadError

BUFFERED_CHARACTERS = 250
"""Less than that is not sent alone: Slack takes about two calls in a second."""

_SECONDS = 5


class SlackStream:
    """`ReplyStream` of Slack.

    Attributes:
        shown: What Slack has been told to show, if `whole`.
        whole: Whether all that was sent is there; else only `chat.update` can tell what is shown.
    """

    def __init__(self, web: SlackWeb, conversation: str, text: str) -> None:
        """Show nothing yet.

        Args:
            web: Slack.
            conversation: Where it will be.
            text: What it will begin with.
        """
        self._web = web
        self._conversation = conversation
        self._text = text
        self._reference = ""
        self._waiting = 0
        self._ended = False
        self.shown = ""
        self.whole = True

    @property
    def reference(self) -> str:
        return self._reference

    def begin(self, thread: str, asker: Person) -> None:
        """Start it below a message, for somebody.

        Raises:
            TransientError, RefusedError: As `SlackWeb.call`.
        """
        text = as_markdown(self._text)
        text = settled(text) or text
        self.shown = text if len(text) <= MARKDOWN_CHARACTERS else ""
        # Where nothing can be said yet, what stands in its place is not how the reply begins.
        self.whole = bool(self.shown)
        self._ended = not self.whole
        begun = self._web.call(
            "chat.startStream",
            patience=0.0,
            channel=self._conversation,
            thread_ts=thread,
            recipient_team_id=asker.team,
            recipient_user_id=asker.id,
            markdown_text=self.shown or "…",
        )
        self._reference = str(begun["ts"])

    def append(self, text: str) -> None:
        self._text += text
        self._waiting += len(text)
        if self._ended or self._waiting < BUFFERED_CHARACTERS:
            return
        ready = settled(as_markdown(self._text))
        # What follows may change what was said before it means: the end sets that right.
        self._ended = not ready.startswith(self.shown) or len(ready) > MARKDOWN_CHARACTERS
        more = ready.removeprefix(self.shown)
        if self._ended or len(more) < BUFFERED_CHARACTERS:
            return
        try:
            self._web.call(
                "chat.appendStream",
                seconds=_SECONDS,
                patience=0.0,
                channel=self._conversation,
                ts=self._reference,
                markdown_text=more,
            )
        except WellreadError as error:
            self._ended = True
            # What was refused for its rate was not taken.
            self.whole = isinstance(error, TransientError) and error.retry_after > 0
        else:
            self.shown, self._waiting = ready, 0
