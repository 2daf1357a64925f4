"""The thread that a question belongs to: what of it may be drawn on, and its next turn."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import (
    Mode,
    Question,
    ThreadId,
    Turn,
    leans_on_thread,
)
from wellread.domain.ask.small_talk import small_talk
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, NotFoundError
from wellread.ports.ask import ThreadStore
from wellread.services.ask.participation import takes_part
from wellread.services.ask.retrieval import Retrieval

_APPEND_TRIES = 10


def thread_of(threads: ThreadStore, question: Question) -> tuple[ThreadId, Sequence[Turn]]:
    """The question's thread with its turns so far; its place's or a new one where it names none.

    Raises:
        NotFoundError: There is no such thread that the asker may take part in.
    """
    thread = question.thread
    if thread is None:
        thread = threads.start(question.place or question.asker.id)
        return thread, threads.turns(thread) if question.place else ()
    if not takes_part(threads, thread, question.asker.id, question.place):
        raise NotFoundError("There is no such thread. Ask without one to start a new thread.")
    return thread, threads.turns(thread)


def showable(retrieval: Retrieval, turns: Sequence[Turn], scope: Scope) -> tuple[Turn, ...]:
    """The turns that may still be drawn on.

    What a turn says of a document that was deleted or restricted since goes no further from this
    moment on, neither to a model nor into a search; nor does what later turns made of it. What a
    fine-tuned model said by itself may be of any document that it was trained on, so it goes
    nowhere. Small talk is about nothing.
    """
    drawn_on = {document for turn in turns for document in turn.drawn_on}
    visible = retrieval.visible_documents(sorted(drawn_on), scope) if drawn_on else {}
    return tuple(
        turn
        for turn in turns
        if not turn.erased
        and turn.mode is not Mode.TUNED
        and turn.drawn_on <= visible.keys()
        and small_talk(turn.question) is None
    )


def append(
    threads: ThreadStore, reply: Reply, question: Question, searched_for: str, used: Sequence[Turn]
) -> Reply:
    """Keep a reply as the thread's next turn, and return it with the number that it got.

    Args:
        threads: Where.
        reply: What was answered.
        question: What was asked.
        searched_for: The question as it was searched for.
        used: The turns that it could draw on.

    Raises:
        ConflictError: Others were faster again and again.
    """
    drawn_on = frozenset[DocumentId]()
    if leans_on_thread(reply.mode, question.text, searched_for):
        drawn_on = drawn_on.union(*(turn.drawn_on for turn in used))
    for _ in range(_APPEND_TRIES):
        try:
            threads.append(
                reply,
                question.text,
                searched_for,
                asker=question.asker.id,
                drawn_on=drawn_on,
            )
        except ConflictError:
            # Another question of the thread was answered first.
            last = threads.turns(reply.thread, limit=1)[-1].number
            reply = Reply(reply.outcome, reply.thread, last + 1, reply.mode, reply.correlation_id)
        else:
            return reply
    raise ConflictError("The thread is too busy; ask again.")
