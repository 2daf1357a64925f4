"""What the adapters over the state bucket share: objects by key, and many of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.domain.knowledge.errors import TransientError

MOST_DELETED = 1000


class StateBucket:
    """The bucket of what wellread keeps for itself."""

    def __init__(self, client: Any, bucket: str):
        self._client = client
        self._bucket = bucket
        self.resource = Resource("bucket", bucket, "WELLREAD_STATE_BUCKET")

    def put(self, key: str, data: bytes) -> None:
        """Write an object, or write over it."""
        with self.resource.errors():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def get(self, key: str, *, most_bytes: int | None = None) -> bytes | None:
        """An object's content, None where there is none, or it has more than `most_bytes`."""
        with self.resource.errors():
            try:
                got = self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as exc:
                if code_of(exc) == "NoSuchKey":
                    return None
                raise
            with closing(got["Body"]) as body:
                if most_bytes is not None and got["ContentLength"] > most_bytes:
                    return None
                return bytes(body.read())

    def lend_place(self, key: str, *, seconds: int) -> str:
        """An address at which whoever has it may write that object, once, for so many seconds.

        Who writes sends the header `If-None-Match: *`.
        """
        with self.resource.errors():
            address: str = self._client.generate_presigned_url(
                "put_object",
                Params={"Bucket": self._bucket, "Key": key, "IfNoneMatch": "*"},
                ExpiresIn=seconds,
            )
        return address

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys under a prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        with self.resource.errors():
            for page in pages:
                yield from (entry["Key"] for entry in page.get("Contents", ()))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects.

        Raises:
            TransientError: Some are still there.
        """
        for start in range(0, len(keys), MOST_DELETED):
            with self.resource.errors():
                done = self._client.delete_objects(
                    Bucket=self._bucket,
                    Delete={
                        "Objects": [{"Key": key} for key in keys[start : start + MOST_DELETED]],
                        "Quiet": True,
                    },
                )
            if failed := done.get("Errors"):
                codes = ", ".join(sorted({str(error.get("Code")) for error in failed}))
                raise TransientError(
                    f"{len(failed)} objects of the bucket {self._bucket!r} were not deleted "
                    f"({codes}). Try again; if it stays so, check the role's s3:DeleteObject."
                )
