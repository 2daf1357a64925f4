"""Reports of runs, and other texts with a name each, in the state bucket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.s3_objects import StateBucket


class S3ReportStore:
    """A `ReportStore`: `<folder>/<run>/<name>`."""

    def __init__(self, client: Any, bucket: str, *, folder: str = "reconcile"):
        """Keep them in this folder of a bucket, through a client of S3."""
        self._folder = folder
        self._bucket = StateBucket(client, bucket)
        self._name = bucket

    def put(self, run: str, name: str, text: str) -> str:
        """Keep a piece of a run. Returns its address, as `aws s3 cp` takes it."""
        key = self._key(run, name)
        self._bucket.put(key, text.encode("utf-8", "backslashreplace"))
        return f"s3://{self._name}/{key}"

    def get(self, run: str, name: str) -> str | None:
        data = self._bucket.get(self._key(run, name))
        return None if data is None else data.decode("utf-8")

    def names(self, run: str) -> Sequence[str]:
        """The names of a run's pieces, sorted; what others keep in folders of it is left out."""
        prefix = self._key(run, "")
        names = (key.removeprefix(prefix) for key in self._bucket.keys(prefix))
        return sorted(name for name in names if "/" not in name)

    def _key(self, run: str, name: str) -> str:
        return f"{self._folder}/{run}/{name}"
