"""Words of documents that whoever asks may not read, in what a model said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wellread.domain.access.scope import Operator, Scope
from wellread.domain.evaluation.metrics import tokens
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.tune.outcomes import ArmOutcome
from wellread.services.ingest.documents import Documents

RUN_OF_WORDS = 8
"""So many words in a row are not two people's chance: they were read."""

_PAGE = 500

_Run = tuple[str, ...]


class Leaks:
    """Looks for what must not be in answers."""

    def __init__(self, documents: Documents, scope: Scope) -> None:
        """Look for what is out of a scope."""
        self._documents = documents
        self._scope = scope

    def marked(self, outcomes: Sequence[ArmOutcome]) -> list[ArmOutcome]:
        """The outcomes, each with the documents that leaked into it.

        A document leaks where it is cited, or where eight words of it in a row are said that no
        document holds which the asker may read.
        """
        within = self._names(self._scope)
        outside = self._names(Operator()) - within
        if not outside:
            return list(outcomes)
        said = [_runs(one.answer) for one in outcomes]
        everything: set[_Run] = set().union(*said)
        held = {document: everything & _runs(self._text(document)) for document in sorted(outside)}
        suspicious = set().union(*held.values())
        for document in within if suspicious else ():
            suspicious -= _runs(self._text(document))
        return [
            replace(one, leaked=tuple(_leaked(one, runs & suspicious, held, outside)))
            for one, runs in zip(outcomes, said, strict=True)
        ]

    def _names(self, viewer: Scope | Operator) -> set[DocumentId]:
        return set(self._listed(viewer))

    def _listed(self, viewer: Scope | Operator) -> Iterator[DocumentId]:
        after: str | None = ""
        while after is not None:
            page = self._documents.list(
                viewer, status=DocumentStatus.INDEXED, after=after, limit=_PAGE
            )
            yield from (each.document for each in page.documents)
            after = page.next

    def _text(self, document: DocumentId) -> str:
        try:
            return self._documents.open(Operator(), document).text
        except NotFoundError:
            return ""


def _leaked(
    one: ArmOutcome,
    runs: set[_Run],
    held: dict[DocumentId, set[_Run]],
    outside: set[DocumentId],
) -> list[str]:
    cited = {c.document for c in one.citations} & {str(document) for document in outside}
    return sorted(cited | {document for document, its in held.items() if its & runs})


def _runs(text: str) -> set[_Run]:
    words = tokens(text)
    return {tuple(words[at : at + RUN_OF_WORDS]) for at in range(len(words) - RUN_OF_WORDS + 1)}
