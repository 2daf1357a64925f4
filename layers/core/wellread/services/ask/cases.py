"""From what people say about replies to cases for somebody who knows better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import GivenFeedback
from wellread.domain.ask.cases import Case, CaseId, CaseStatus, calls_for_a_case, case_id
from wellread.domain.ask.questions import Turn
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, NotFoundError
from wellread.ports.ask import CaseStore
from wellread.services.ask.passages import Passages

_TRIES = 10


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case as somebody sees who may.

    Attributes:
        changed: Those of its quotes that do not stand in their document any more.
    """

    case: Case
    changed: tuple[QuotedPlace, ...]


class Cases:
    """Opens cases, and shows each to those who may read every document in it."""

    def __init__(
        self,
        cases: CaseStore,
        passages: Passages,
    ) -> None:
        self._cases = cases
        self._passages = passages

    def hear(self, given: GivenFeedback, turn: Turn) -> None:
        """Open the case of a turn, add to it what somebody said, or take back what they said.

        May be called again with the same.

        Args:
            given: As it is kept, after all that this person said of the turn.
            turn: What it is about.

        Raises:
            ConflictError: Others say something about it all the time.
        """
        thread = given.feedback.thread
        for _ in range(_TRIES):
            known = self._cases.get(case_id(thread, turn.number))
            if known is None and not calls_for_a_case(given):
                return
            case = known or Case.of(thread, turn, given.at)
            heard = case.heard(given)
            if heard == case:
                return
            try:
                self._keep(heard)
            except ConflictError:
                continue
            return
        raise ConflictError("The case was changed again and again meanwhile. Try again.")

    def _keep(self, case: Case) -> None:
        if case.remarks or case.status is not CaseStatus.OPEN:
            self._cases.put(case)
        else:
            self._cases.delete(case)

    def list(self, scope: Scope, *, closed: bool = False) -> Sequence[Case]:
        """The cases that somebody may see, oldest first.

        Args:
            scope: Whose eyes they are for.
            closed: Those too that were answered or dismissed.

        Raises:
            TransientError: The documents cannot be asked for now.
        """
        found = [each for each in self._cases.list() if closed or each.status is CaseStatus.OPEN]
        documents = frozenset[DocumentId]().union(*(each.drawn_on for each in found))
        readable = self._passages.readable(documents, scope)
        return [each for each in found if each.drawn_on <= readable.keys()]

    def show(self, case: CaseId, scope: Scope) -> SeenCase:
        """A case, and whether what it quotes still stands there.

        Raises:
            NotFoundError: There is none, or none that may be seen.
            TransientError: As `list`.
        """
        found = self._seen(case, scope)
        records = self._passages.readable(found.drawn_on, scope)
        return SeenCase(
            found,
            tuple(
                place
                for place in found.quoted
                if not self._passages.stands(place, records.get(place.document))
            ),
        )

    def dismiss(self, case: CaseId, scope: Scope) -> None:
        """Say that nothing is to be done about a case.

        Raises:
            NotFoundError, TransientError: As `show`.
            ConflictError: It was changed meanwhile.
        """
        self.end(case, scope, CaseStatus.DISMISSED)

    def end(self, case: CaseId, scope: Scope, status: CaseStatus) -> None:
        """Give a case another status, where it has not got it.

        Raises:
            NotFoundError, TransientError, ConflictError: As `dismiss`.
        """
        found = self._seen(case, scope)
        if found.status is not status:
            self._cases.put(found.became(status))

    def _seen(self, case: CaseId, scope: Scope) -> Case:
        found = self._cases.get(case)
        if found is None or (
            not found.drawn_on <= self._passages.readable(found.drawn_on, scope).keys()
        ):
            raise NotFoundError(f'There is no case "{case}". `wellread feedback inbox` names them.')
        return found
