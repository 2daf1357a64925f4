"""A document that is lent to another process for a short while, and what that process answers.

Whoever has the two addresses can read one version of one object, and write one object once, for
some seconds, and nothing else. The answer comes from a process that a file may have taken over.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from wellread.domain.knowledge.errors import TransientError

MOST_INLINE_BYTES = 4_000_000
"""Larger outcomes are written where the caller said. An answer of a function may have 6 MB, in
which this is a third larger as base64.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

_CODE = re.compile(r"[A-Za-z.]{1,64}")


class LendingError(TransientError):
    """What was lent could not be read, or the answer not be written.

    Attributes:
        status: Of the HTTP answer; 0 where there was none.
        code: What storage, or this machine, calls it.
    """

    def __init__(self, status: int, code: str) -> None:
        """Say which; both may come from somebody who is not trusted."""
        self.status = status if 0 <= status < 1000 else 0
        self.code = code if _CODE.fullmatch(code) else "unknown"
        super().__init__(
            f"The document could not be fetched, or its text not be handed over ({self.status} "
            f"{self.code}). It is tried again; if it stays so, check that nothing but its "
            "signature limits who may read the bucket."
        )


@dataclass(frozen=True, slots=True)
class LentDocument:
    """What a reader of files is called with.

    Attributes:
        name: The file's name, a hint among text formats.
        size: Of the file, in bytes.
        source: The address of its content.
        target: Where an outcome goes that is too large for the answer.
        correlation: What set the work off; empty where nobody said.
        parser: The version that is to read it; empty for any.
    """

    name: str
    size: int
    source: str
    target: str
    correlation: str = ""
    parser: str = ""

    def as_event(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of_event(cls, event: Mapping[str, object]) -> LentDocument:
        """The document that `as_event` told of.

        Raises:
            ValueError: It did not.
        """
        match event:
            case {
                "name": str(name),
                "size": int(size),
                "source": str(source),
                "target": str(target),
                "correlation": str(correlation),
            }:
                parser = str(event.get("parser", ""))
                return cls(name, size, source, target, correlation, parser)
        raise ValueError("not a lent document")


@dataclass(frozen=True, slots=True)
class LentAnswer:
    """What a reader of files answers.

    Attributes:
        packed: The outcome; None where it was written, or there is none.
        error: Why there is none.
    """

    packed: bytes | None = None
    error: LendingError | None = None

    def as_response(self) -> dict[str, object]:
        """As JSON."""
        if self.error is not None:
            return {"status": self.error.status, "code": self.error.code}
        if self.packed is None:
            return {"written": True}
        return {"packed": base64.b64encode(self.packed).decode("ascii")}

    @classmethod
    def of_response(cls, response: object) -> LentAnswer:
        """The answer, whoever sent it.

        Raises:
            ValueError: It is none.
        """
        match response:
            case {"packed": str(packed)}:
                try:
                    return cls(packed=base64.b64decode(packed, validate=True))
                except binascii.Error as error:
                    raise ValueError("no base64") from error
            case {"written": True}:
                return cls()
            case {"status": int(status), "code": str(code)}:
                return cls(error=LendingError(status, code))
        raise ValueError("no answer")
