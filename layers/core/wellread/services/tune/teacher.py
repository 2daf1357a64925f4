"""Drafts by a teacher: a language model that is asked for questions about each passage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from wellread.domain.knowledge.documents import Passage
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.domain.tune.drafts import Draft
from wellread.domain.tune.teaching import Spending, drafts_from, messages_for
from wellread.ports.models import Chat
from wellread.services.tune.corpus import CorpusDocument

logger = logging.getLogger(__name__)

_TRIES = 3
"""So often a passage is asked about where there is no reply, or none that can be read."""
_IN_VAIN = 5
"""After so many passages in a row without a reply the teacher is given up."""
_FIRST_WAIT_SECONDS = 2.0


class TeacherDrafts:
    """Asks a chat model, within a budget."""

    def __init__(self, chat: Chat, spending: Spending, *, sleep: Callable[[float], None]) -> None:
        """Ask nothing yet.

        Args:
            chat: The teacher.
            spending: Counts what it costs, and knows how much it may.
            sleep: Waits for so many seconds.
        """
        self._chat = chat
        self._spending = spending
        self._sleep = sleep
        self._asked = set[tuple[str, int]]()
        self._in_vain = 0
        self._unusable = 0
        self._spent = False

    @property
    def name(self) -> str:
        """Who writes the questions."""
        return f"teacher:{self._chat.name}"

    @property
    def cost(self) -> dict[str, float]:
        """What it cost so far."""
        cost = self._spending.as_cost()
        if self._unusable:
            cost["unusable_replies"] = float(self._unusable)
        return cost | ({"budget_spent": 1.0} if self._spent else {})

    def drafts(self, document: CorpusDocument, passage: Passage) -> Iterator[Draft]:
        """Questions about a chunk; none once the budget is spent, and none a second time.

        Raises:
            ModelUnavailableError: The teacher does not answer, whatever it is asked.
        """
        key = (document.document, passage.chunk.start)
        if self._spent or key in self._asked:
            return
        self._asked.add(key)
        messages = messages_for(passage)
        if messages:
            yield from self._ask(messages, passage)

    def _ask(self, messages: list[dict[str, str]], passage: Passage) -> list[Draft]:
        silent: ModelUnavailableError | None = None
        for attempt in range(_TRIES):
            if not self._spending.allows(messages):
                self._spent = True
                logger.info("the teacher's budget is spent", extra=self._spending.as_cost())
                return []
            said = ""
            try:
                for piece in self._chat.speak(messages):
                    said += piece
            except ModelUnavailableError as error:
                silent = error
                self._spending.add(messages, said)
                self._sleep(max(error.retry_after, _FIRST_WAIT_SECONDS * 2**attempt))
                continue
            self._spending.add(messages, said)
            self._in_vain = 0
            drafts = drafts_from(said, passage, self.name)
            if drafts is not None:
                return drafts
            self._unusable += 1
        if silent is not None:
            self._in_vain += 1
            if self._in_vain >= _IN_VAIN:
                raise ModelUnavailableError(
                    f"The teacher {self._chat.name} does not answer: {silent} Look after it, or "
                    "set WELLREAD_TEACHER to none, and build the dataset again."
                ) from silent
        return []
