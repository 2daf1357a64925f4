"""Looking at the documents bucket without the right to read what is in it."""

from __future__ import annotations

from wellread.adapters.aws.s3_documents import S3DocumentStore
from wellread.domain.knowledge.documents import ObjectVersion, is_sidecar_key


class S3Presence(S3DocumentStore):
    """Which version of a document is current, by a listing; sidecars are read as elsewhere.

    A HEAD wants the right to read the object (`s3:GetObject`). A listing of the key's versions
    wants `s3:ListBucketVersions` only, and is as consistent. So whoever answers questions needs
    `s3:GetObject` for sidecars alone.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """

    def current(self, key: str) -> ObjectVersion | None:
        return super().current(key) if is_sidecar_key(key) else self._listed(key)
