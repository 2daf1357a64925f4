"""Files from chats that nobody has decided about yet, in the state bucket."""

from __future__ import annotations

from typing import Any

from wellread.adapters.aws.s3_objects import StateBucket

_PREFIX = "held/"


class S3HeldFiles:
    """`HeldFiles`: `held/<giver>/<request>`. The bucket's lifecycle deletes what is forgotten.

    It needs `s3:ListBucket` on the bucket, and `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject`
    below that prefix.
    """

    def __init__(self, client: Any, bucket: str):
        """Hold them in this bucket, through a client of S3."""
        self._bucket = StateBucket(client, bucket)

    def put(self, key: str, data: bytes) -> None:
        self._bucket.put(_PREFIX + key, data)

    def get(self, key: str) -> bytes | None:
        return self._bucket.get(_PREFIX + key)

    def delete(self, key: str) -> None:
        self._bucket.delete([_PREFIX + key])

    def count(self, folder: str) -> int:
        return sum(1 for _ in self._bucket.keys(f"{_PREFIX}{folder}/"))
