"""The settings document in the state bucket."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of, header_of
from wellread.domain.access.chat_rules import ChatRules
from wellread.domain.access.identity import IdentityRules
from wellread.domain.access.rules import AccessRules
from wellread.domain.access.settings_document import SettingsDocument, parse_settings_document
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.operations import Clock

KEY = "settings.json"
"""The settings document's key in the state bucket."""

_MAX_AGE_SECONDS = 1.0
_NOT_MODIFIED = "304"
_LISTED_SECONDS = 30.0
"""After so long a prefix is looked for again that no key began with."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The document as it was last read; etag None where there has never been one."""

    etag: str | None
    document: SettingsDocument
    at: float
    data: bytes = b""


class S3SettingsDocument:
    """An `AccessRulesSource`, `IdentityRulesSource` and `ChatRulesSource` of `settings.json`.

    It is looked at again at most once a second, and fetched only where it changed.
    While there has never been one, everyone may read everything. One that was there and is gone
    shows nothing, also to a worker that starts after it went, where the bucket is versioned: the
    delete marker tells the two apart.
    """

    def __init__(
        self,
        client: Any,
        bucket: str,
        *,
        clock: Clock,
        documents: str = "",
    ):
        """Read the document of this bucket.

        Args:
            client: Of S3.
            bucket: The state bucket.
            clock: The time.
            documents: The documents bucket, which prefixes may be written with in front.
        """
        self._client = client
        self._bucket = bucket
        self._documents = documents
        self._roots = (f"s3://{documents}",) if documents else ()
        self._clock = clock
        self._resource = Resource("bucket", bucket, "WELLREAD_STATE_BUCKET")
        self._lock = threading.Lock()
        self._seen: _Seen | None = None
        self._listed: dict[str, tuple[bool, float]] = {}

    def load(self) -> AccessRules:
        """The access rules as they are now; raises what `_document` raises."""
        return self._document().access

    def identities(self) -> IdentityRules:
        """The identity rules as they are now; raises what `_document` raises."""
        return self._document().identity

    def chat(self) -> ChatRules:
        """The rules of chats as they are now; raises what `_document` raises."""
        return self._document().chat

    def _document(self) -> SettingsDocument:
        """The document as it is now.

        Raises:
            InvalidConfigurationError: The document cannot be understood, or is gone although it
                was there: nothing may be shown.
            TransientError: It could not be looked at; an older one might show too much.
        """
        with self._lock:
            now = self._clock()
            seen = self._seen
            if seen is not None and 0 <= now - seen.at < _MAX_AGE_SECONDS:
                return seen.document
            self._seen = self._look(seen, now)
            return self._seen.document

    def _look(self, seen: _Seen | None, now: float) -> _Seen:
        etag = seen.etag if seen is not None else None
        condition = {} if etag is None else {"IfNoneMatch": etag}
        with self._resource.errors():
            try:
                got = self._client.get_object(Bucket=self._bucket, Key=KEY, **condition)
            except ClientError as exc:
                if seen is not None and code_of(exc) == _NOT_MODIFIED:
                    return (
                        self._parsed(etag, seen.data, now)
                        if seen.document.unsure
                        else (replace(seen, at=now))
                    )
                if code_of(exc) != "NoSuchKey":
                    raise
                if etag is None and header_of(exc, "x-amz-delete-marker") != "true":
                    return _Seen(None, SettingsDocument(), now)
                raise InvalidConfigurationError(
                    f"The settings document s3://{self._bucket}/{KEY} was there and is gone. Put "
                    'it back, or put {"access": {}} there to go on without access rules.'
                ) from exc
            try:
                data = got["Body"].read()
            finally:
                got["Body"].close()
        return self._parsed(got["ETag"], data, now)

    def _parsed(self, etag: str | None, data: bytes, now: float) -> _Seen:
        try:
            document = parse_settings_document(data, self._roots, self._begins)
        except ValueError as exc:
            raise InvalidConfigurationError(
                f"The settings document s3://{self._bucket}/{KEY} cannot be understood: {exc}. "
                "Correct it; until then nothing is shown."
            ) from exc
        return _Seen(etag, document, now, data)

    def _begins(self, prefix: str) -> bool:
        """Whether the key of some document begins so, or did while this worker ran."""
        held, at = self._listed.get(prefix, (False, -math.inf))
        if self._documents and not held and self._clock() - at >= _LISTED_SECONDS:
            with self._resource.errors():
                found = self._client.list_objects_v2(
                    Bucket=self._documents, Prefix=prefix, MaxKeys=1
                )
            held = found["KeyCount"] > 0
            self._listed[prefix] = (held, self._clock())
        return held
