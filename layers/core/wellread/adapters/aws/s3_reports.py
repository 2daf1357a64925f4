"""Reports of reconcile runs, in the state bucket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.s3_objects import StateBucket


class S3ReportStore:
    """A `ReportStore`: `reconcile/<run>/<name>`."""

    def __init__(self, client: Any, bucket: str):
        """Keep them in this bucket, through a client of S3."""
        self._bucket = StateBucket(client, bucket)
        self._name = bucket

    def put(self, run: str, name: str, text: str) -> str:
        """Keep a piece of a run. Returns its address, as `aws s3 cp` takes it."""
        key = _key(run, name)
        self._bucket.put(key, text.encode("utf-8", "backslashreplace"))
        return f"s3://{self._name}/{key}"

    def get(self, run: str, name: str) -> str | None:
        data = self._bucket.get(_key(run, name))
        return None if data is None else data.decode("utf-8")

    def names(self, run: str) -> Sequence[str]:
        """The names of a run's pieces, sorted; what others keep in folders of it is left out."""
        prefix = _key(run, "")
        names = (key.removeprefix(prefix) for key in self._bucket.keys(prefix))
        return sorted(name for name in names if "/" not in name)


def _key(run: str, name: str) -> str:
    return f"reconcile/{run}/{name}"
