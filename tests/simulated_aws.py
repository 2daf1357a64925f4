"""AWS services simulated in this process, and places in them that no other test has."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.events.utils import EventTemplateParser
from moto.s3.models import S3Backend

from tests.aws_tables import Definition

REGION = "eu-central-1"
_numbers = itertools.count(1)


class OneAtATime:
    """A client whose calls do not overlap: the simulation checks and writes in two steps."""

    _lock = threading.RLock()

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._lock:
                try:
                    return found(*args, **kwargs)
                except NotImplementedError as exc:  # what services that stand for AWS answer
                    raise refused("InvalidAction", operation=name) from exc

        return call


class Between:
    """A client between whose calls and the service a test has its hands.

    Attributes:
        calls: Names of the operations called so far.
        instead: Operation → what to do instead of calling it, given the operation as it is.
    """

    def __init__(self, client: Any, **instead: Callable[..., Any]) -> None:
        self._client = client
        self.calls: list[str] = []
        self.instead = instead

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            if name in self.instead:
                return self.instead[name](found, *args, **kwargs)
            return found(*args, **kwargs)

        return call


def refused(
    code: str, status: int = 400, operation: str = "Operation", headers: dict | None = None
) -> ClientError:
    """What botocore raises where a service answers so."""
    return ClientError(
        {
            "Error": {"Code": code, "Message": "secret words"},
            "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers or {}},
        },
        operation,
    )


def raising(error: Exception) -> Callable[..., Any]:
    """For `Between`: the call fails so, without reaching the service."""

    def instead(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        raise error

    return instead


class SimulatedAws:
    """An account in which there is nothing but what a test puts there."""

    def client(self, service: str) -> Any:
        return OneAtATime(_client(service))

    def bucket(self, *, versioned: bool = False) -> str:
        name = f"bucket-{next(_numbers)}"
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def table(self, definition: Definition) -> str:
        name = f"table-{next(_numbers)}"
        self.client("dynamodb").create_table(TableName=name, **definition)
        return name

    def queue(self, **attributes: str) -> str:
        end = ".fifo" if "FifoQueue" in attributes else ""
        made = self.client("sqs").create_queue(
            QueueName=f"queue-{next(_numbers)}{end}", Attributes=attributes
        )
        return str(made["QueueUrl"])

    def bus(self) -> str:
        name = f"bus-{next(_numbers)}"
        self.client("events").create_event_bus(Name=name)
        return name


@contextmanager
def simulated_aws() -> Iterator[SimulatedAws]:
    """AWS without a network, for as long as the context lasts."""
    with (
        mock_aws(),
        mock.patch.object(EventTemplateParser, "parse", _untransformed),
        mock.patch.object(S3Backend, "list_object_versions", _versions_after),
    ):
        yield SimulatedAws()


_list_object_versions = S3Backend.list_object_versions


def _versions_after(
    backend: S3Backend, bucket_name: str, *args: Any, key_marker: str | None = None, **more: Any
) -> Any:
    """A listing may go on after a key that is not there: the simulation skips the next one."""
    names = sorted(backend.get_bucket(bucket_name).keys)
    before = [name for name in names if key_marker and name <= key_marker]
    marker = before[-1] if before else None
    return _list_object_versions(backend, bucket_name, *args, key_marker=marker, **more)


def _untransformed(input_template: None, input_paths_map: dict[str, Any], event: Any) -> Any:
    """Without an input transformer the event goes on as it is, and needs no JSONPath library."""
    assert input_template is None
    return event


@cache
def _client(service: str) -> Any:
    """Made once, which takes long; without any state of an account."""
    return _session().create_client(
        service,
        region_name=REGION,
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
        config=Config(
            retries={"total_max_attempts": 1},
            signature_version="s3v4" if service == "s3" else None,
        ),
    )


@cache
def _session() -> Any:
    return botocore.session.Session()
