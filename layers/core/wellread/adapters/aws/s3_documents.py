"""The documents bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of, header_of
from wellread.domain.knowledge.documents import (
    DocumentId,
    ObjectVersion,
    RevisionId,
    is_document_key,
    is_sidecar_key,
)
from wellread.domain.knowledge.errors import (
    NO_NAME,
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    SupersededError,
)

_Seen = TypeVar("_Seen")

_LONGEST_KEY_BYTES = 1024
_LOOKS_AT_ONCE = 8
_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_SHORTER = "InvalidRange"


class S3DocumentStore:
    """A `DocumentStore` over a versioned bucket (`GroupedLooks`); a revision is a version id.

    The reader needs `s3:GetObject`, `s3:ListBucket` and `s3:ListBucketVersions`: without
    `s3:ListBucket` S3 answers 403 where there is nothing, and every deleted document would look
    like one that may not be read. Who lends needs `s3:GetObjectVersion` too.
    """

    def __init__(self, client: Any, bucket: str, *, max_bytes: int):
        """Read this bucket.

        Args:
            client: Of S3.
            bucket: Its name.
            max_bytes: Larger objects are refused before they are read.
        """
        self._client = client
        self._bucket = bucket
        self._max_bytes = max_bytes
        self._resource = Resource("bucket", bucket, "WELLREAD_DOCUMENTS_BUCKET")
        self._there = False
        self._looks: ThreadPoolExecutor | None = None

    def side_by_side(
        self, look: Callable[[DocumentId], _Seen], documents: Sequence[DocumentId]
    ) -> Sequence[_Seen]:
        """Look at several documents at the same time."""
        if self._looks is None:
            self._looks = ThreadPoolExecutor(_LOOKS_AT_ONCE, thread_name_prefix="look")
        return list(self._looks.map(look, documents))

    def current(self, key: str) -> ObjectVersion | None:
        if not _can_be_a_key(key):
            return None
        with self._resource.errors():
            try:
                head = self._client.head_object(Bucket=self._bucket, Key=key)
            except ClientError as exc:
                if refusal := _refusal(exc):
                    raise refusal from exc
                if code_of(exc) not in _MISSING:
                    raise
                if header_of(exc, "x-amz-delete-marker") != "true":
                    self._check_bucket()
                return None
        return self._version(key, head, head["ContentLength"])

    def read(self, version: ObjectVersion) -> bytes:
        """The content of exactly that version.

        The object is read as it is now, without a version id: a version that is no longer current
        must not be read, though S3 still has it.

        Raises:
            SupersededError: The object is no longer at that version.
            DocumentError: `unreadable` (permissions, an archive) or `too_large`.
        """
        with self._opened(version) as got:
            self._check_size(got["ContentLength"])
            return bytes(got["Body"].read())

    def lend(self, version: ObjectVersion, *, seconds: int) -> str:
        """An address at which whoever has it reads exactly that version, for so many seconds.

        Raises:
            SupersededError: The object is no longer at that version.
            DocumentError: As `read`, or `empty`.
        """
        if not version.size:
            raise DocumentError(FailureCode.EMPTY)
        # One byte, because only reading tells what may be read, and what lies in an archive.
        with self._opened(version, Range="bytes=0-0"):
            pass
        with self._resource.errors():
            address: str = self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": version.document,
                    "VersionId": version.revision,
                },
                ExpiresIn=seconds,
            )
        return address

    @contextmanager
    def _opened(self, version: ObjectVersion, **how: str) -> Iterator[Mapping[str, Any]]:
        self._check_size(version.size)
        superseded = SupersededError(f"{version.document!r} has changed; look again.")
        with self._resource.errors():
            try:
                got = self._client.get_object(Bucket=self._bucket, Key=version.document, **how)
            except ClientError as exc:
                if code_of(exc) in _MISSING or code_of(exc) == _SHORTER:
                    raise superseded from exc
                if refusal := _refusal(exc):
                    raise refusal from exc
                raise
            with closing(got["Body"]):
                if got.get("VersionId") != version.revision:
                    raise superseded
                yield got

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[ObjectVersion]:
        if prefix and not _can_be_a_key(prefix):
            return
        # Versions rather than objects: only these listings tell the version ids.
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket,
            Prefix=prefix,
            **({"KeyMarker": after} if _can_be_a_key(after) else {}),
        )
        with self._resource.errors():
            for page in pages:
                for entry in page.get("Versions", ()):
                    if entry["IsLatest"] and entry["Key"] > after:
                        yield self._version(entry["Key"], entry, entry["Size"])

    def beside(self, document: DocumentId) -> Sequence[str]:
        folder, slash, name = document.rpartition("/")
        prefix = folder + slash + name.split(".", 1)[0] + "."
        if not _can_be_a_key(prefix):
            return []
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix, Delimiter="/"
        )
        with self._resource.errors():
            return [entry["Key"] for page in pages for entry in page.get("Contents", ())]

    def put(self, key: str, data: bytes) -> None:
        """Put a document or a sidecar into the bucket; needs `s3:PutObject` there.

        Raises:
            DocumentError: `unsupported`: no such key can be a document; `too_large`.
        """
        if not _can_be_a_key(key) or not (is_sidecar_key(key) or is_document_key(key)):
            raise DocumentError(FailureCode.UNSUPPORTED, *NO_NAME)
        self._check_size(len(data))
        with self._resource.errors():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def _listed(self, key: str) -> ObjectVersion | None:
        """What the bucket holds under a key now, by the first of the versions that it lists.

        A key comes before all that it begins, and its newest version or delete marker first.
        """
        if not _can_be_a_key(key):
            return None
        with self._resource.errors():
            page = self._client.list_object_versions(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        for entry in page.get("Versions", ()):
            if entry["Key"] == key and entry["IsLatest"]:
                return self._version(key, entry, entry["Size"])
        return None

    def _version(self, key: str, about: Mapping[str, Any], size: int) -> ObjectVersion:
        revision = about.get("VersionId", "null")
        if revision == "null":
            raise InvalidConfigurationError(
                f"The bucket {self._bucket!r} holds an object without a version id. Turn on the "
                "bucket's versioning, and copy objects from before onto themselves."
            )
        # Whole seconds: a HEAD does not say more, and both ways of looking must agree.
        changed = int(about["LastModified"].timestamp()) * 1000
        return ObjectVersion(DocumentId(key), RevisionId(revision), size, changed)

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise DocumentError(FailureCode.TOO_LARGE)

    def _check_bucket(self) -> None:
        """Make sure, once, that nothing is there because the key is missing, not the bucket.

        To a HEAD the two look alike, and a misspelt bucket must not delete every document.
        """
        if self._there:
            return
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except ClientError as exc:
            if code_of(exc) not in _MISSING:
                raise
            raise InvalidConfigurationError(
                f"There is no bucket {self._bucket!r}. Set WELLREAD_DOCUMENTS_BUCKET to one that "
                "there is, in the account and region in use."
            ) from exc
        self._there = True


def _refusal(error: ClientError) -> DocumentError | None:
    """Why an object that is there cannot be read; None where the answer is not about that."""
    code = code_of(error)
    if code == "InvalidObjectState":
        return DocumentError(
            FailureCode.UNREADABLE,
            "The file lies in an archive storage class.",
            "Restore it from the archive, or copy it to another storage class, then retry.",
        )
    # 400: what a HEAD answers where the object has a key of its uploader's own (SSE-C).
    if code in {"403", "400", "AccessDenied"} or code.startswith("KMS."):
        return DocumentError(
            FailureCode.UNREADABLE,
            "The bucket does not let wellread read the file.",
            "Allow it in the bucket's policy and in that of the file's encryption key, then retry.",
        )
    return None


def _can_be_a_key(key: str) -> bool:
    try:
        return 0 < len(key.encode("utf-8")) <= _LONGEST_KEY_BYTES
    except UnicodeEncodeError:  # a lone surrogate
        return False
