"""Slack's conversations, as one writes to them.

A message carries the key of what it says as metadata, so that it can be found again. Streams carry
none before they end; one that was left open is known by its author and by its place in the thread.

Sources: https://docs.slack.dev/messaging https://docs.slack.dev/messaging/message-metadata
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

from wellread.adapters.chat.slack.blocks import SlackMessage
from wellread.adapters.chat.slack.rendering import rendered
from wellread.adapters.chat.slack.response_urls import ResponseUrls
from wellread.adapters.chat.slack.stream import SlackStream
from wellread.adapters.chat.slack.web import FATAL, RefusedError, SlackWeb
from wellread.adapters.chat.wording import in_plain
from wellread.domain.chat.said import Said, SaidReply
from wellread.domain.knowledge.errors import TransientError, WellreadError
from wellread.ports.chat import Target

EVENT_TYPE = "wellread"
"""`event_type` of the metadata of all our messages; its payload has `key` and `part`."""

ALONE = ("ephemeral",)
"""References of what one person alone sees: only its response URL can change it."""

_TS = re.compile(r"\d{6,}\.\d+")
_STATUS_CHARACTERS, _STATUS_SECONDS = 100, 3
_PAGE = 200
_NOT_A_STREAM = frozenset({"message_not_in_streaming_state", "message_not_found"})
_BLOCKS_REFUSED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "only_one_table_allowed"}
)


class SlackSink:
    """`ReplySink` of Slack."""

    def __init__(self, web: SlackWeb, response_urls: ResponseUrls) -> None:
        """Write by this client.

        Args:
            web: The Web API.
            response_urls: Where that goes which one person alone sees.
        """
        self._web = web
        self._response_urls = response_urls
        self._no_status_before = self._no_stream_before = 0.0
        self._streams: WeakValueDictionary[str, SlackStream] = WeakValueDictionary()

    def show_status(self, target: Target, text: str) -> None:
        if target.reply_url or not target.place.thread or monotonic() < self._no_status_before:
            return
        status = in_plain(text, _STATUS_CHARACTERS) if text else ""
        try:
            self._web.call(
                "assistant.threads.setStatus",
                seconds=_STATUS_SECONDS,
                patience=0.0,
                channel_id=target.place.conversation,
                thread_ts=target.place.thread,
                status=status,
                loading_messages=[status] if status else None,
            )
        except TransientError as error:
            self._no_status_before = monotonic() + error.retry_after
        except WellreadError:
            return

    def find(self, target: Target) -> Sequence[str]:
        if target.reply_url:
            return ()
        try:
            later = list(self._later(target))
        except RefusedError as error:
            # That the bot may not look back is no reason to leave people without a reply.
            if error.code in FATAL and error.code != "missing_scope":
                raise
            return ()
        keyed = [each["ts"] for each in later if _key_of(each) == target.key.id]
        # Only replies to messages begin as streams: one that is open now is no other thing said.
        may_stream = target.place.thread and _TS.match(target.key.message)
        if keyed or not may_stream:
            return tuple(sorted(keyed, key=float))
        return tuple(each["ts"] for each in later if not _key_of(each) and self._is_own(each))

    def stream(self, target: Target, text: str) -> SlackStream | None:
        place, stream = target.place, SlackStream(self._web, target.place.conversation, text)
        if target.reply_url or not place.thread or monotonic() < self._no_stream_before:
            return None
        try:
            stream.begin(place.thread, target.person)
        except RefusedError as error:
            if error.code in FATAL:
                raise
            return None
        except TransientError as error:
            # Refused for its rate, nothing was begun, and a whole message needs no stream.
            if error.retry_after:
                self._no_stream_before = monotonic() + error.retry_after
                return None
            raise
        self._streams[stream.reference] = stream
        return stream

    def write(self, target: Target, said: Said, references: Sequence[str] = ()) -> Sequence[str]:
        messages = rendered(said)
        if target.reply_url:
            # An answer takes the place of one that may have been sent before; another sentence
            # does not take the place of what it is about.
            replaced = bool(references) or isinstance(said, SaidReply)
            self._response_urls.say(target.reply_url, messages, replaced=replaced)
            return ALONE
        there = sorted(set(references), key=float)
        shown = [self._put(target, n, message, there) for n, message in enumerate(messages)]
        for surplus in there:
            self._delete(target, surplus)
        return tuple(shown)

    def remove(self, target: Target, references: Sequence[str]) -> bool:
        if target.reply_url:
            self._response_urls.remove(target.reply_url)
            return True
        there = sorted(set(references), key=float)
        if any(self._has_replies(target, reference) for reference in there[:1]):
            return False
        for reference in there:
            self._delete(target, reference)
        return True

    def _put(self, target: Target, part: int, message: SlackMessage, there: list[str]) -> str:
        """Show a part in the first message there that lets itself be edited, or in a new one.

        Those that do not are deleted first, so that never two can be seen. `there` loses all these.
        """
        metadata = {
            "event_type": EVENT_TYPE,
            "event_payload": {"key": target.key.id, "part": part},
        }
        channel = target.place.conversation
        while there:
            reference = there.pop(0)
            if self._edit(channel, reference, message, metadata):
                return reference
            self._delete(target, reference)
        posted = self._send(
            "chat.postMessage",
            message,
            channel=channel,
            thread_ts=target.place.thread or None,
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(posted["ts"])

    def _edit(
        self, channel: str, reference: str, message: SlackMessage, metadata: dict[str, Any]
    ) -> bool:
        """Have a message say this; whether it does. If it is a stream it has ended afterwards."""
        stream = self._streams.pop(reference, None)
        if stream is not None and self._end(channel, stream, message, metadata):
            return True
        for _ in range(2):
            try:
                self._send("chat.update", message, channel=channel, ts=reference, metadata=metadata)
            except RefusedError as error:
                if error.code in FATAL:
                    raise
                if error.code != "streaming_state_conflict":
                    return False
                self._stop(channel, reference)
            else:
                return True
        return False

    def _end(
        self, channel: str, stream: SlackStream, message: SlackMessage, metadata: dict[str, Any]
    ) -> bool:
        """End a stream; whether it says the message then, which it does if that goes on with it."""
        goes_on = stream.whole and (message.markdown or "").startswith(stream.shown)
        if message.markdown is None or not goes_on:
            self._stop(channel, stream.reference)
            return False
        try:
            self._web.call(
                "chat.stopStream",
                channel=channel,
                ts=stream.reference,
                markdown_text=message.markdown.removeprefix(stream.shown) or None,
                blocks=list(message.below_markdown) or None,
                metadata=metadata,
            )
        except RefusedError as error:
            if error.code in FATAL:
                raise
            return False
        return True

    def _stop(self, channel: str, reference: str) -> None:
        self._unless_refused(_NOT_A_STREAM, "chat.stopStream", channel=channel, ts=reference)

    def _delete(self, target: Target, reference: str) -> None:
        channel = target.place.conversation
        allowed = {"message_not_found", "streaming_state_conflict"}
        code = self._unless_refused(allowed, "chat.delete", channel=channel, ts=reference)
        if code == "streaming_state_conflict":
            self._stop(channel, reference)
            self._unless_refused(
                {"message_not_found"}, "chat.delete", channel=channel, ts=reference
            )

    def _unless_refused(
        self, allowed: set[str] | frozenset[str], method: str, **arguments: Any
    ) -> str:
        """Call a method that may be refused with one of these codes, which it returns."""
        try:
            self._web.call(method, **arguments)
        except RefusedError as error:
            if error.code not in allowed:
                raise
            return error.code
        return ""

    def _send(self, method: str, message: SlackMessage, **arguments: Any) -> dict[str, Any]:
        """Say a message; where Slack does not take its blocks, its text alone."""
        try:
            return self._web.call(
                method, text=message.text, blocks=list(message.blocks), **arguments
            )
        except RefusedError as error:
            if error.code not in _BLOCKS_REFUSED:
                raise
            return self._web.call(method, text=message.text, blocks=[], **arguments)

    def _later(self, target: Target) -> Iterator[dict[str, Any]]:
        """What was said in a place after the message that the target is about."""
        about = _TS.search(target.key.message)
        since = about[0] if about else "0"
        pages = self._pages(target.place.conversation, target.place.thread, since)
        if about is None and not target.place.thread:
            pages = islice(pages, 1)  # the newest ones; all that was ever said there is too much
        for page in pages:
            yield from (each for each in page if float(each["ts"]) > float(since))

    def _pages(self, conversation: str, thread: str, since: str) -> Iterator[list[dict[str, Any]]]:
        method = "conversations.replies" if thread else "conversations.history"
        pages = self._web.pages(
            method,
            channel=conversation,
            ts=thread or None,
            oldest=since,
            include_all_metadata=True,
            limit=_PAGE,
        )
        try:
            for page in pages:
                yield page.get("messages") or []
        except RefusedError as error:
            # All of it is gone.
            if error.code != "thread_not_found":
                raise

    def _has_replies(self, target: Target, reference: str) -> bool:
        """Whether anybody but the bot said something below a message."""
        thread = target.place.thread or reference
        pages = self._pages(target.place.conversation, thread, reference)
        later = (each for page in pages for each in page if float(each["ts"]) > float(reference))
        return any(not self._is_own(each) for each in later)

    def _is_own(self, message: dict[str, Any]) -> bool:
        return bool(self._web.own_ids() & {message.get("bot_id"), message.get("user")})


def _key_of(message: dict[str, Any]) -> str:
    """The key that a message carries; empty where it carries none of ours."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return ""
    return str((metadata.get("event_payload") or {}).get("key") or "")
