"""Words for what differs from host to host, in sentences that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wellread.domain.knowledge.errors import FAILURE_WORDS, DocumentError, FailureCode


@dataclass(frozen=True, slots=True)
class Places:
    """What people find where this host runs.

    Attributes:
        documents: What holds the documents, such as "the documents folder".
        fixes: What to do about a failure, where this host lets people do more about it than
            `FAILURE_WORDS` says.
    """

    documents: str
    fixes: Mapping[FailureCode, str]

    def told(self, error: DocumentError) -> DocumentError:
        """The error, with what can be done about it here; a fix of the error's own stays."""
        fix = self.fixes.get(error.code)
        if fix is None or error.fix != FAILURE_WORDS[error.code][1]:
            return error
        return DocumentError(error.code, error.reason, fix)
