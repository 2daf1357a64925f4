"""What full-text search keeps of chunks that were deleted: their words, until it rewrites them."""

from __future__ import annotations

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.knowledge.documents import DocumentId

_PAGES_AT_ONCE = 250
_NOTHING_DONE = 2
"""A merge that changes fewer rows than that had nothing to do.

Source: https://www.sqlite.org/fts5.html#the_merge_command
"""


class SqliteWordRemains:
    """An `Erasable`: rewrites the word index without what was deleted from it.

    It takes as long as the index is large the first time, and nothing right after that. Others may
    write in between.
    """

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def erase(self, document: DocumentId) -> None:  # noqa: ARG002 - of all documents at once
        """Forget the words of every chunk that was deleted before."""
        while True:
            with self._database.transaction() as connection:
                before = connection.total_changes
                connection.execute(
                    "INSERT INTO chunk_words (chunk_words, rank) VALUES ('merge', ?)",
                    (-_PAGES_AT_ONCE,),
                )
                if connection.total_changes - before < _NOTHING_DONE:
                    return
