"""What the bot says without having been asked a question: each of it once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from wellread.domain.chat.events import ChatEvent, MessageKey
from wellread.domain.chat.replies import ReplyRecord, posted
from wellread.domain.chat.said import Said, SaidNotice
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import DeliveryError, TransientError
from wellread.ports.chat import Platform, Target
from wellread.services.chat.ledger import Replies

logger = logging.getLogger(__name__)

E = TypeVar("E", bound=ChatEvent)
Handler = Callable[..., None]
"""Takes an event, its platform and the attempt."""


class Sayings:
    """Says things under keys of their own, so that a redelivery does not say them again."""

    def __init__(self, replies: Replies, *, new_id: Callable[[], str]) -> None:
        """Nothing was said yet.

        Args:
            replies: Remember what was.
            new_id: Names a worker.
        """
        self.replies = replies
        self._new_id = new_id

    def once(
        self, platform: Platform, target: Target, said: Said, references: Sequence[str] = ()
    ) -> None:
        """Say something, unless it was said under the target's key before.

        Args:
            platform: Where.
            target: Where there, and its key.
            said: What.
            references: Messages in place of which it is said.

        Raises:
            TransientError: Deliver again what led to it.
            DeliveryError: The platform refuses it.
        """
        with self.taken_up(target.key) as taken:
            if taken is not None:
                record = self.found(platform, target, taken)
                written = platform.sink.write(target, said, record.references or references)
                self.replies.finish(posted(record, *written))

    @contextmanager
    def taken_up(self, key: MessageKey) -> Iterator[ReplyRecord | None]:
        """What is known under a key, in this worker's hands; None where all is done.

        Where the work on it fails, the next delivery may take it up at once.
        """
        record = self.replies.take_up(key, self._new_id())
        try:
            yield record
        except Exception:
            if record is not None:
                self.replies.give_back(record)
            raise

    def found(self, platform: Platform, target: Target, record: ReplyRecord) -> ReplyRecord:
        """The record, with what a worker before this one said and could not note down."""
        return with_found(platform, target, record) if record.may_be_there else record

    def seen_through(self, handle: Callable[[E, Platform, Attempt], None]) -> Handler:
        """A handler whose failure its event's person hears of, once no attempt is left for it."""

        def handler(event: E, platform: Platform, attempt: Attempt) -> None:
            try:
                handle(event, platform, attempt)
            except Exception as error:
                if isinstance(error, TransientError) and not attempt.last:
                    raise
                logger.exception("what somebody did has no effect", extra={"kind": event.kind})
                self.tell(event, platform, _sorry(event.correlation))

        return handler

    def tell(self, event: ChatEvent, platform: Platform, text: str) -> None:
        """Say something to an event's person alone; where there is no way, to the log.

        Raises:
            TransientError: Deliver the event again.
        """
        reply_url = str(getattr(event, "reply_url", ""))
        target = Target(event.place, key_beside(event, "told"), event.person, reply_url)
        try:
            if reply_url:
                platform.sink.write(target, SaidNotice(text))
            elif event.direct:
                self.once(platform, target, SaidNotice(text))
            else:
                logger.info("nobody can be told", extra={"kind": event.kind, "why": text})
        except DeliveryError as error:
            logger.warning("somebody was not told", extra={"kind": event.kind, "why": str(error)})


def with_found(platform: Platform, target: Target, record: ReplyRecord) -> ReplyRecord:
    """The record, with what was said that a call that failed or a worker that died left unnoted.

    Raises:
        TransientError, DeliveryError: It cannot be looked for.
    """
    known = dict.fromkeys((*record.references, *platform.sink.find(target)))
    return replace(record, references=tuple(known))


def _sorry(correlation: str) -> str:
    return (
        "Sorry, that did not work: something that I need is not working at the moment. Please try "
        "again in a few minutes. If it happens again, give the people who run wellread this "
        f"reference: {correlation}"
    )


def key_beside(event: ChatEvent, what: str) -> MessageKey:
    """The key of something that is said because of an event, and is no reply to a question."""
    return replace(event.key, message=f"{what}:{event.kind}:{event.key.message}")
