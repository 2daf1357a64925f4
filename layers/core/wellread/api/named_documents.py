"""The document that a path names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote

from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.knowledge.journey import on_journey
from wellread.domain.text.harmless import name_as_stored

_Found = TypeVar("_Found")


def find_named(raw: str, look: Callable[[DocumentId], _Found]) -> _Found:
    """What a look finds of the document that the last part of a path names.

    API Gateway hands paths over decoded, other fronts as they were sent; a name may hold "%"
    itself. So the decoded reading goes first, and the literal one where that finds nothing. Lists
    write invisible characters of a name out; the reading that takes that back goes last.

    Raises:
        NotFoundError: No reading names a document.
    """
    failure: NotFoundError | None = None
    for name in dict.fromkeys((unquote(raw), raw, name_as_stored(unquote(raw)))):
        try:
            with on_journey(document=name):
                return look(DocumentId(name))
        except NotFoundError as error:
            failure = failure or error
    raise failure or NotFoundError("There is no such document.")
