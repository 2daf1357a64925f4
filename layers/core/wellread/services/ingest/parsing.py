"""Documents to texts: read where they are, or lent to somebody who may do nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from wellread.domain.ingest.lending import MOST_INLINE_BYTES, LendingError, LentAnswer, LentDocument
from wellread.domain.ingest.parse_outcome import pack_outcome
from wellread.domain.knowledge.documents import ObjectVersion, ParsedText, file_name
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.domain.knowledge.journey import on_journey
from wellread.ports.ingest import DocumentStore, FileParser, LentObjects

logger = logging.getLogger(__name__)


class StoreReader:
    """Port `DocumentParser` for whoever may read the store."""

    def __init__(self, store: DocumentStore, files: FileParser) -> None:
        """Read documents from this store."""
        self._store = store
        self._files = files

    def parse(self, version: ObjectVersion) -> ParsedText:
        """The text of exactly that version.

        Raises:
            SupersededError: The object is no longer at that version.
            DocumentError: With the code that says why there is no text.
        """
        return self._files.parse(file_name(version.document), self._store.read(version))


class LentDocumentReader:
    """Reads documents for somebody else, who lends one at a time (`domain.ingest.lending`)."""

    def __init__(
        self,
        objects: LentObjects,
        files: FileParser,
        *,
        max_bytes: int,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read files up to a size.

        Args:
            objects: Where documents are lent.
            files: Reads files.
            max_bytes: Of a file; a larger one is not fetched.
            seconds: A clock that only goes forward.
        """
        self._objects = objects
        self._files = files
        self._max_bytes = max_bytes
        self._seconds = seconds

    def answer(self, event: Mapping[str, object]) -> dict[str, object]:
        """Read the document that an event lends.

        Returns:
            A `LentAnswer` as JSON.

        Raises:
            ValueError: The event lends none.
        """
        lent = LentDocument.of_event(event)
        with on_journey(correlation=lent.correlation or None):
            try:
                return self._answer(lent).as_response()
            except LendingError as error:
                logger.warning("lent document not read", extra={"why": str(error)})
                return LentAnswer(error=error).as_response()

    def _answer(self, lent: LentDocument) -> LentAnswer:
        began = self._seconds()
        outcome = self._outcome(lent)
        code = outcome.code.value if isinstance(outcome, DocumentError) else "text"
        # Neither the name nor a word of the text.
        logger.info(
            "lent document read",
            extra={
                "outcome": code,
                "bytes": lent.size,
                "milliseconds": round((self._seconds() - began) * 1000),
            },
        )
        packed = pack_outcome(outcome)
        if len(packed) <= MOST_INLINE_BYTES:
            return LentAnswer(packed)
        self._objects.put(lent.target, packed)
        return LentAnswer()

    def _outcome(self, lent: LentDocument) -> ParsedText | DocumentError:
        if lent.parser and lent.parser != self._files.version:
            raise LendingError(0, "OtherVersion")  # while one of the two is being replaced
        if lent.size > self._max_bytes:
            return DocumentError(FailureCode.TOO_LARGE)
        data = self._objects.get(lent.source, lent.size)
        try:
            return self._files.parse(lent.name, data)
        except DocumentError as error:
            return error
