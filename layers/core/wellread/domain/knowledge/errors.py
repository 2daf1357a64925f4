"""The error tree: what went wrong, in words the rest of wellread can act on.

```
WellreadError
├── TransientError            try again later; the queue redelivers
│   ├── ModelUnavailableError     a model endpoint failed, timed out or is waking
│   │   ├── ModelLateError            it did not answer in time
│   │   └── ModelWakingError          it is being started, which takes minutes
│   ├── TooManyQuestionsError     one asker asks more often than is allowed; says when again
│   ├── IndexUnavailableError     the passage index did not answer
│   ├── StorageFullError          the disk or the database is full
│   ├── ConflictError             somebody else changed the record first
│   └── SupersededError           the object changed while it was read
└── PermanentError            trying again changes nothing
    ├── DocumentError             a document cannot be ingested; carries a FailureCode
    ├── InvalidQuestionError      empty or too long
    ├── NotFoundError             no such document, revision, thread or turn in the asker's scope
    ├── DeliveryError             a chat platform refuses what is sent to it
    ├── InvalidConfigurationError a setting is wrong; the message names it
    ├── InvalidDataFolderError    the data folder is broken, too new, or in use
    └── ModelMismatchError        vectors of two models would have been mixed
```

Every message is one a person may read: it names the cause and the fix, and holds no document or
question text.
"""

from __future__ import annotations

import math
from enum import StrEnum


class FailureCode(StrEnum):
    """Why a document could not be ingested; see `FAILURE_WORDS`."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    EMPTY = "empty"
    NO_TEXT = "no_text"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_COMPLEX = "too_complex"
    UNSUPPORTED = "unsupported"
    ENCODING = "encoding"
    UNREADABLE = "unreadable"
    INTERNAL = "internal"


FAILURE_WORDS: dict[FailureCode, tuple[str, str]] = {
    FailureCode.ENCRYPTED: (
        "The file is protected by a password.",
        "Save a copy without the password and drop that in its place.",
    ),
    FailureCode.DAMAGED: (
        "The file is damaged: its contents cannot be read.",
        "Open it in the program that made it, save it again, and drop the new copy.",
    ),
    FailureCode.EMPTY: (
        "The file is empty.",
        "Check that the file was saved or copied completely, then drop it again.",
    ),
    FailureCode.NO_TEXT: (
        "The file holds no text, only pictures of pages: it needs OCR.",
        "Run it through a text recognition (OCR) program and drop the result.",
    ),
    FailureCode.TOO_LARGE: (
        "The file is larger than wellread reads.",
        "Split it into smaller files.",
    ),
    FailureCode.TOO_SLOW: (
        "Reading the file took too long and was stopped.",
        "Split it into smaller files.",
    ),
    FailureCode.TOO_COMPLEX: (
        "The file unpacks to far more than it should, or is nested too deeply, and was stopped.",
        "Save a plain copy (for example as PDF) and drop that.",
    ),
    FailureCode.UNSUPPORTED: (
        "This kind of file is not supported.",
        "Drop it as pdf, docx, pptx, xlsx, odt, ods, odp, rtf, epub, csv, html, md, txt, eml "
        "or msg.",
    ),
    FailureCode.ENCODING: (
        "The text's encoding could not be recognised.",
        "Save the file as UTF-8 and drop it again.",
    ),
    FailureCode.UNREADABLE: (
        "The file could not be opened.",
        "Check that it still exists and that wellread may read it, then retry.",
    ),
    FailureCode.INTERNAL: (
        "Something went wrong inside wellread while reading the file.",
        "Retry it; if it fails again, report it with the correlation id in the log.",
    ),
}
"""Reason and fix in plain words for each code, wherever it happens."""

NO_NAME = (
    "A file of this name is not taken in.",
    "Drop it under a plain name that does not start with a dot, without special characters.",
)
"""Reason and fix where a file is refused for its name."""


class WellreadError(Exception):
    """Everything wellread raises on purpose."""


class TransientError(WellreadError):
    """The same call may succeed later.

    Attributes:
        retry_after: Seconds until it is worth a try; 0 where nobody said.
    """

    def __init__(self, message: str = "", *, retry_after: float = 0.0) -> None:
        """Say what is away, and for how long, where that is known."""
        self.retry_after = retry_after
        super().__init__(message)


class ModelUnavailableError(TransientError):
    """A model endpoint failed, timed out or is waking."""


class ModelLateError(ModelUnavailableError):
    """A model did not begin, go on or end in time."""


class ModelWakingError(ModelUnavailableError):
    """A model scaled to zero and is being started; that takes minutes."""


class TooManyQuestionsError(TransientError):
    """One asker asks more often than is allowed.

    Attributes:
        retry_after: Seconds until a question is taken again.
    """

    def __init__(self, retry_after: float) -> None:
        """Say when to ask again."""
        super().__init__(
            "You have asked as many questions as one caller may ask in a minute. Ask again in "
            f"{math.ceil(retry_after)} s.",
            retry_after=retry_after,
        )


class IndexUnavailableError(TransientError):
    """The passage index did not answer."""


class StorageFullError(TransientError):
    """The disk or the database is full; nothing was lost, free some space and go on."""


class ConflictError(TransientError):
    """A conditional write lost: the record changed since it was read."""


class SupersededError(TransientError):
    """The object is no longer at the version that was asked for."""


class PermanentError(WellreadError):
    """Trying the same call again changes nothing."""


class DocumentError(PermanentError):
    """A document cannot be ingested.

    Attributes:
        code: Why, as a contract code.
        reason: The cause, one plain sentence.
        fix: What to do about it, one plain sentence.
    """

    def __init__(self, code: FailureCode, reason: str | None = None, fix: str | None = None):
        words = FAILURE_WORDS[code]
        self.code = code
        self.reason = reason or words[0]
        self.fix = fix or words[1]
        super().__init__(f"{self.reason} {self.fix}")


class InvalidQuestionError(PermanentError):
    """A question, or words about an answer, that cannot be taken: empty or too long."""


class NotFoundError(PermanentError):
    """No such document, revision, thread or turn within the asker's scope."""


class DeliveryError(PermanentError):
    """A chat platform refuses what is sent to it; the message is for those who run wellread."""


class InvalidConfigurationError(PermanentError):
    """A setting is wrong; the message names the setting and the fix."""


class InvalidDataFolderError(PermanentError):
    """The data folder is broken, written by a newer wellread, or in use by another host."""


class ModelMismatchError(PermanentError):
    """Vectors of two embedder versions would have been mixed."""
