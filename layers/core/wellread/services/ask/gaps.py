"""What the documents do not answer: noted when it is asked, reported to those who may know."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Reply
from wellread.domain.ask.gaps import GapReport, Unanswered, gaps_of, is_missed
from wellread.domain.ask.questions import Asker, AskerId, Question, Turn, leans_on_thread
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import TransientError
from wellread.ports.ask import GapNews, UnansweredQuestions
from wellread.ports.operations import Clock
from wellread.services.ask.passages import Passages

WEEK_SECONDS = 7 * 86_400.0

_NOBODY = AskerId("")

logger = logging.getLogger(__name__)


class Gaps:
    """Notes questions without an answer, and reports on them."""

    def __init__(
        self, asked: UnansweredQuestions, passages: Passages, news: GapNews, *, clock: Clock
    ) -> None:
        self._asked = asked
        self._passages = passages
        self._news = news
        self._clock = clock

    def note(
        self, question: Question, reply: Reply, searched_for: str, used: Sequence[Turn]
    ) -> None:
        """Note a question whose reply says that the documents do not answer it.

        It is not worth a reply: where it cannot be noted, that is logged.

        Args:
            question: What was asked.
            reply: What was answered, as it was kept.
            searched_for: The question as it was searched for.
            used: The turns that it could draw on.
        """
        if not is_missed(reply):
            return
        drawn_on = reply.drawn_on
        if leans_on_thread(reply.mode, question.text, searched_for):
            drawn_on = drawn_on.union(*(turn.drawn_on for turn in used))
        asked = Unanswered(
            reply.thread,
            reply.turn,
            searched_for,
            question.asker.id,
            question.asker.scope.viewers,
            self._clock(),
            drawn_on,
        )
        try:
            self._asked.note(asked)
        except TransientError as error:
            logger.warning("an unanswered question is not noted", extra={"why": str(error)})

    def tell(self, audience: str) -> GapReport:
        """Pass on what was not answered in a week, as far as every member of an audience may know.

        Args:
            audience: Whose members will read it.

        Returns:
            What was passed on.

        Raises:
            TransientError, PermanentError: It was not taken.
        """
        report = self.report(Asker(_NOBODY, Scope.of(audience)), WEEK_SECONDS)
        self._news.tell(report, audience)
        return report

    def report(self, reader: Asker, seconds: float) -> GapReport:
        """What was not answered lately, as far as a reader may know.

        That is questions whose askers could read nothing that the reader cannot read, and that
        hold words of no document that the reader cannot read.

        Args:
            reader: Whose eyes it is for.
            seconds: How far back to look.

        Raises:
            TransientError: Try again.
        """
        until = self._clock()
        since = until - seconds
        found = [each for each in self._asked.since(since) if each.within(reader.scope)]
        documents = frozenset[DocumentId]().union(*(each.drawn_on for each in found))
        readable = self._passages.readable(documents, reader.scope).keys()
        known = [each for each in found if each.drawn_on <= readable]
        return gaps_of(known, reader.id, since, until)
