"""Documents that are lent within this process: who lends, who reads, and the storage between."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.exceptions import ClientError

from tests.simulated_aws import SimulatedAws
from wellread.adapters.aws.lambda_parser import LambdaParser
from wellread.adapters.aws.s3_documents import S3DocumentStore
from wellread.adapters.aws.s3_objects import StateBucket
from wellread.domain.ingest.lending import LendingError
from wellread.ports.ingest import FileParser
from wellread.services.ingest.parsing import LentDocumentReader

SECONDS = 600.0
FUNCTION = "parse"


class SimulatedObjects:
    """A `LentObjects` over simulated S3, which knows no signatures."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def get(self, address: str, size: int) -> bytes:
        """An object's content."""
        place, query = _place_of(address)
        try:
            got = self._s3.get_object(**place, VersionId=query["versionId"][0])
        except ClientError as error:
            raise LendingError(404, error.response["Error"]["Code"]) from None
        data = bytes(got["Body"].read())
        if len(data) != size:
            raise LendingError(200, "OtherSize")
        return data

    def put(self, address: str, data: bytes) -> None:
        """Write an object."""
        place, _ = _place_of(address)
        self._s3.put_object(**place, Body=data)


@dataclass
class FunctionClient:
    """A client of Lambda, of which one function can be called: it runs here.

    Attributes:
        handle: What it does with an event.
        events: What it was called with.
        instead: What Lambda answers instead of calling it.
    """

    handle: Callable[[dict[str, Any]], object]
    events: list[dict[str, Any]] = field(default_factory=list)
    instead: Callable[[], dict[str, Any]] | None = None

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """Call it and wait."""
        assert FunctionName == FUNCTION
        self.events.append(json.loads(Payload))
        if self.instead is not None:
            return self.instead()
        return answered(self.handle(self.events[-1]))


def answered(said: object, **more: str) -> dict[str, Any]:
    """What a client of Lambda returns where the function answered so."""
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return {"StatusCode": 200, "Payload": io.BytesIO(data), **more}


@dataclass
class Lending:
    """A bucket of documents, a bucket of state, and a function that reads what it is lent."""

    s3: Any
    documents: str
    state: str
    store: S3DocumentStore
    function: FunctionClient
    parser: LambdaParser

    @classmethod
    def on(cls, aws: SimulatedAws, files: FileParser, *, max_bytes: int = 1_000_000) -> Lending:
        """On new buckets of a simulated account."""
        s3, documents, state = aws.client("s3"), aws.bucket(versioned=True), aws.bucket()
        store = S3DocumentStore(s3, documents, max_bytes=max_bytes)
        reader = LentDocumentReader(SimulatedObjects(s3), files, max_bytes=max_bytes)
        function = FunctionClient(reader.answer)
        parser = LambdaParser(
            function,
            FUNCTION,
            store,
            StateBucket(s3, state),
            parse_seconds=SECONDS,
            version=files.version,
        )
        return cls(s3, documents, state, store, function, parser)

    def put(self, key: str, data: bytes) -> str:
        """Drop a document; gives its version id."""
        return str(self.s3.put_object(Bucket=self.documents, Key=key, Body=data)["VersionId"])

    def left_in_state(self) -> list[str]:
        """The keys of the state bucket."""
        found = self.s3.list_objects_v2(Bucket=self.state).get("Contents", ())
        return [one["Key"] for one in found]


def _place_of(address: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    parts = urlsplit(address)
    bucket, key = parts.netloc.partition(".")[0], unquote(parts.path.removeprefix("/"))
    return {"Bucket": bucket, "Key": key}, parse_qs(parts.query)
