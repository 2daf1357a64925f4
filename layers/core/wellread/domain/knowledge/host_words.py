"""What sentences for people call what differs from host to host."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import FAILURE_WORDS, DocumentError, FailureCode


@dataclass(frozen=True, slots=True)
class HostWords:
    """A host's words for its own parts.

    Attributes:
        documents: What holds the documents, such as "the documents folder".
        no_documents: To those who ask where no document can be searched yet.
        no_model: To those who ask for what only a model could say, where there is none.
        fixes: What to do about a failure, where this host lets people do more about it than
            `FAILURE_WORDS` says.
        options: Of a command that is to work on this host.
    """

    documents: str
    no_documents: str
    no_model: str
    fixes: Mapping[FailureCode, str]
    options: str = ""

    def told(self, error: DocumentError) -> DocumentError:
        """The error, with what can be done about it here; a fix of the error's own stays."""
        fix = self.fixes.get(error.code)
        if fix is None or error.fix != FAILURE_WORDS[error.code][1]:
            return error
        return DocumentError(error.code, error.reason, fix)

    def retry(self, document: DocumentId) -> str:
        """The command that has a document read again."""
        return f"wellread documents retry {shlex.quote(document)} {self.options}".rstrip()
