"""The thread that a question belongs to: what of it may be drawn on, and its next turn."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.access.scope import Scope
from wellread.domain.answers import Reply
from wellread.domain.ask.small_talk import small_talk
from wellread.domain.errors import ConflictError, NotFoundError
from wellread.domain.questions import Question, ThreadId, Turn
from wellread.ports import ThreadStore
from wellread.services.retrieval import Retrieval

_APPEND_TRIES = 10


def thread_of(threads: ThreadStore, question: Question) -> tuple[ThreadId, Sequence[Turn]]:
    """The question's thread with its turns so far; a new one where it names none.

    Raises:
        NotFoundError: The asker has no such thread.
    """
    if question.thread is None:
        return threads.start(question.asker.id), ()
    if threads.owner(question.thread) != question.asker.id:
        raise NotFoundError("There is no such thread. Ask without one to start a new thread.")
    return question.thread, threads.turns(question.thread)


def showable(retrieval: Retrieval, turns: Sequence[Turn], scope: Scope) -> tuple[Turn, ...]:
    """The turns that may still be drawn on.

    What a turn says of a document that was deleted or restricted since goes no further,
    neither to a model nor into a search; nor does what later turns made of it. Small talk is
    about nothing.
    """
    cited = {document for turn in turns for document in turn.documents}
    visible = retrieval.visible_documents(sorted(cited), scope) if cited else {}
    kept: list[Turn] = []
    for turn in turns:
        stands_alone = turn.mode.retrieves and turn.standalone == " ".join(turn.question.split())
        unbroken = len(kept) == turn.number - turns[0].number
        if turn.documents <= visible.keys() and (unbroken or stands_alone):
            kept.append(turn)
    return tuple(turn for turn in kept if small_talk(turn.question) is None)


def append(threads: ThreadStore, reply: Reply, question: str, searched_for: str) -> Reply:
    """Keep a reply as the thread's next turn, and return it with the number that it got.

    Raises:
        ConflictError: Others were faster again and again.
    """
    for _ in range(_APPEND_TRIES):
        try:
            threads.append(reply, question, searched_for)
        except ConflictError:
            # Another question of the thread was answered first.
            last = threads.turns(reply.thread, limit=1)[-1].number
            reply = Reply(reply.outcome, reply.thread, last + 1, reply.mode, reply.correlation_id)
        else:
            return reply
    raise ConflictError("The thread is too busy; ask again.")
