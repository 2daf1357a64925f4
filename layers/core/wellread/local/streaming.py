"""Answer events for an event loop, from a service that blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator

from wellread.domain.ask.answers import AnswerEvent
from wellread.domain.ask.questions import Question
from wellread.services.ask.answering import Answering

_Item = AnswerEvent | Exception | None


async def begin(answering: Answering, question: Question) -> AsyncGenerator[AnswerEvent, None]:
    """Ask a question in a thread of its own.

    Whoever stops reading (a closed browser) stops the work: at its next event it ends.

    Returns:
        The events, the reply last. Iterating raises what the service raises.

    Raises:
        InvalidQuestionError, NotFoundError: The question was not taken up.
    """
    events = await asyncio.to_thread(answering.stream, question)
    return _events(events)


async def _events(events: Iterator[AnswerEvent]) -> AsyncGenerator[AnswerEvent, None]:
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[_Item] = asyncio.Queue()
    abandoned = threading.Event()

    def hand_over(item: _Item) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(items.put_nowait, item)

    def work() -> None:
        try:
            for event in events:
                if abandoned.is_set():
                    return
                hand_over(event)
        except Exception as error:
            hand_over(error)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
            hand_over(None)

    threading.Thread(target=work, name="wellread-answer", daemon=True).start()
    try:
        while (item := await items.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        abandoned.set()
