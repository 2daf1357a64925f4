"""Documents to texts by a function that may do nothing else, so that this one reads no file."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

from wellread.adapters.aws.s3_documents import S3DocumentStore
from wellread.adapters.aws.s3_objects import StateBucket
from wellread.adapters.aws.service_errors import Resource
from wellread.domain.ingest.lending import LentAnswer, LentDocument
from wellread.domain.ingest.parse_outcome import (
    MOST_PACKED_BYTES,
    InvalidOutcomeError,
    unpack_outcome,
)
from wellread.domain.knowledge.documents import (
    ObjectVersion,
    ParsedText,
    document_digest,
    file_name,
)
from wellread.domain.knowledge.errors import DocumentError, FailureCode, TransientError
from wellread.domain.knowledge.journey import present

FUNCTION_EXTRA_SECONDS = 60
"""What the function may run for on top of the time that reading a file may take."""

_FETCH_SECONDS = 60
"""For how long a document is lent: it is fetched first thing, at the latest after a cold start."""

_ANSWER_EXTRA_SECONDS = 30
_MOST_ANSWER_BYTES = 7_000_000
_TYPE = re.compile(r"[A-Za-z0-9_.]{1,80}")


def answer_seconds(parse_seconds: float) -> float:
    """After so long there is no answer of the function any more, where reading may take that."""
    return parse_seconds + FUNCTION_EXTRA_SECONDS + _ANSWER_EXTRA_SECONDS


class LambdaParser:
    """Port `DocumentParser`: the function is called with two addresses, and answers with a text.

    One is good for reading one version of one object, for a minute; the other for writing one
    object of the state bucket, once, which a large text needs, since an answer may have 6 MB.
    What comes back is checked, whoever sent it.
    """

    def __init__(
        self,
        client: Any,
        function: str,
        store: S3DocumentStore,
        state: StateBucket,
        *,
        parse_seconds: float,
        version: str = "",
    ) -> None:
        """Call this function.

        Args:
            client: Of Lambda; it calls once, and waits for longer than `answer_seconds`.
            function: Its name or ARN.
            store: What documents are lent from.
            state: Where large texts come back.
            parse_seconds: What reading a file may take there.
            version: Of the parser that is to read; empty for any.
        """
        self._version = version
        self._client = client
        self._function = function
        self._store = store
        self._state = state
        self._target_seconds = int(answer_seconds(parse_seconds))
        self._resource = Resource("function", function, "WELLREAD_PARSE_FUNCTION")

    def parse(self, version: ObjectVersion) -> ParsedText:
        target = f"staged/{document_digest(version.document)}/parsed/{secrets.token_hex(16)}"
        lent = LentDocument(
            name=file_name(version.document),
            size=version.size,
            source=self._store.lend(version, seconds=_FETCH_SECONDS),
            target=self._state.lend_place(target, seconds=self._target_seconds),
            correlation=present().correlation or "",
            parser=self._version,
        )
        try:
            outcome = unpack_outcome(self._packed(self._answer(lent), target))
        except InvalidOutcomeError as error:
            raise self._useless(f"an outcome with {error}") from error
        if isinstance(outcome, DocumentError):
            raise outcome
        return outcome

    def _packed(self, answer: LentAnswer, target: str) -> bytes:
        if answer.error is not None:
            raise answer.error
        if answer.packed is not None:
            return answer.packed
        try:
            written = self._state.get(target, most_bytes=MOST_PACKED_BYTES)
        finally:
            self._state.delete([target])
        if written is None:
            raise self._useless("nothing where it said")
        return written

    def _answer(self, lent: LentDocument) -> LentAnswer:
        payload = json.dumps(lent.as_event()).encode("ascii")
        with self._resource.errors():
            response = self._client.invoke(FunctionName=self._function, Payload=payload)
            said = response["Payload"].read(_MOST_ANSWER_BYTES)
        if response.get("FunctionError"):
            raise self._failure(said)
        try:
            return LentAnswer.of_response(json.loads(said))
        except (ValueError, RecursionError) as error:
            raise self._useless("no answer") from error

    def _failure(self, said: bytes) -> Exception:
        """What a call that failed says about the file.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
        """
        kind, message = _error_of(said)
        if kind == "Sandbox.Timedout" or "Task timed out" in message:
            return DocumentError(FailureCode.TOO_SLOW)
        if kind == "Runtime.OutOfMemory" or "signal: killed" in message:
            return DocumentError(FailureCode.TOO_COMPLEX)
        return self._useless(kind)

    def _useless(self, what: str) -> TransientError:
        return TransientError(
            f"The function {self._function!r} came back with {what}. Look into its log; the "
            "document is tried again, a few times."
        )


def _error_of(said: bytes) -> tuple[str, str]:
    try:
        match json.loads(said):
            case {"errorType": str(kind), "errorMessage": str(message)}:
                return (kind if _TYPE.fullmatch(kind) else "an error"), message
            case {"errorMessage": str(message)}:
                return "an error", message
    except (ValueError, RecursionError):
        pass
    return "an error", ""
