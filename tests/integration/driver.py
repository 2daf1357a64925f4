"""Drives a deployed stack as people and other systems do: the bucket, the API, the queues."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from botocore.config import Config

from stack_local.function_keys import keys_of
from stack_local.stack import STACK, LocalStack

_Found = TypeVar("_Found")
ENDED = frozenset({"indexed", "failed"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    status: int
    body: dict[str, Any]


def until(
    found: Callable[[], _Found | None], seconds: float, what: str, every: float = 0.15
) -> _Found:
    """Ask again until there is something; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        result = found()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds:.0f} s: {what}; last seen: {result!r}")
        time.sleep(every)


def page(name: str, number: int) -> str:
    """A document with one fact of its own."""
    return f"# {name} {number}\n\nLocker {name}{number} opens with the code {number * 37 + 1000}.\n"


class Driver:
    """One stack, and short words for what is done to it."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack

    # ------------------------------------------------------------------ documents

    def put(self, key: str, body: str | bytes) -> str:
        """Put an object; gives its version."""
        data = body.encode() if isinstance(body, str) else body
        put = self.stack.client("s3").put_object(Bucket=self.stack.bucket, Key=key, Body=data)
        return str(put["VersionId"])

    def delete(self, key: str) -> str:
        """Delete the object; gives its delete marker's version."""
        deleted = self.stack.client("s3").delete_object(Bucket=self.stack.bucket, Key=key)
        return str(deleted["VersionId"])

    def delete_version(self, key: str, version: str) -> None:
        self.stack.client("s3").delete_object(Bucket=self.stack.bucket, Key=key, VersionId=version)

    def settings(self, document: Mapping[str, object] | None) -> None:
        """Put the knowledge base's settings document, or its default one."""
        body = json.dumps(document or {"access": {"default": ["everyone"]}}).encode()
        bucket = self.stack.outputs["StateBucketName"]
        self.stack.client("s3").put_object(Bucket=bucket, Key="settings.json", Body=body)

    def post(self, output: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send something to the address that an output names; gives the status."""
        sent = urllib.request.Request(self.stack.outputs[output], data=body, headers=dict(headers))
        try:
            with urllib.request.urlopen(sent, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def client_of_function(self, name: str, service: str, config: Config | None = None) -> Any:
        """A client with the keys of a function's role; the caller's own."""
        keys = keys_of(self.function(name))
        return self.stack.client_of(
            service,
            {
                "aws_access_key_id": keys.access_key,
                "aws_secret_access_key": keys.secret_key,
                "aws_session_token": str(keys.token),
            },
            config,
        )

    # ------------------------------------------------------------------ the API

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        claims: Mapping[str, object] | None = None,
        authorization: str | None = None,
    ) -> Answer:
        if authorization is None:
            authorization = f"Bearer {token or self.stack.issuer.token('ann', claims)}"
        headers = {"Content-Type": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.stack.api_url + path, method=method, data=data, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, json.loads(error.read()))

    def ask(self, question: str, claims: Mapping[str, object] | None = None) -> dict[str, Any]:
        answer = self.call("POST", "/v1/ask", {"question": question}, claims=claims)
        assert answer.status == 200, answer
        return answer.body

    def documents(self, claims: Mapping[str, object] | None = None) -> dict[str, dict[str, Any]]:
        """Every document that the asker may see, by its key."""
        found, after = {}, None
        while True:
            query = "" if after is None else "?" + urlencode({"after": after})
            page = self.call("GET", "/v1/documents" + query, claims=claims)
            assert page.status == 200, page
            found |= {one["document"]: one for one in page.body["documents"]}
            after = page.body["next"]
            if after is None:
                return found

    def ended(
        self, keys: Sequence[str], seconds: float = 120, *, status: str | None = None
    ) -> dict[str, dict[str, Any]]:
        """Wait until these documents came to an end (of this kind)."""
        wanted = ENDED if status is None else {status}

        def found() -> dict[str, dict[str, Any]] | None:
            there = self.documents()
            done = {key: there[key] for key in keys if key in there}
            good = len(done) == len(keys) and all(one["status"] in wanted for one in done.values())
            return done if good else None

        return until(found, seconds, f"{len(keys)} documents {status or 'at an end'}", every=0.2)

    def answered(
        self,
        question: str,
        holds: str,
        seconds: float = 60,
        claims: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """Ask again until the answer holds this."""

        def found() -> dict[str, Any] | None:
            reply = self.ask(question, claims)
            return reply if not reply["declined"] and holds in reply["answer"] else None

        return until(found, seconds, f'an answer with "{holds}"')

    def declined(
        self, question: str, seconds: float = 60, claims: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """Ask again until the answer is a decline."""

        def found() -> dict[str, Any] | None:
            reply = self.ask(question, claims)
            return reply if reply["declined"] else None

        return until(found, seconds, "a decline")

    # ------------------------------------------------------------------ queues and events

    def waiting(self, output: str) -> int:
        """How many messages a queue holds, those in somebody's hands included.

        Delayed ones are not: a sweep that looks for stragglers waits for minutes.
        """
        counts = self.stack.client("sqs").get_queue_attributes(
            QueueUrl=self.stack.outputs[output],
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
            ],
        )["Attributes"]
        return sum(int(count) for count in counts.values())

    def drained(self, seconds: float = 120) -> None:
        """Wait until both queues are empty."""
        until(
            lambda: self.waiting("DocumentQueueUrl") + self.waiting("ChunkQueueUrl") == 0,
            seconds,
            "empty queues",
        )

    @contextmanager
    def redelivery_after(
        self, seconds: int, of: Sequence[str] = ("DocumentQueueUrl", "ChunkQueueUrl")
    ) -> Iterator[None]:
        """Have a message that nobody finished come back sooner than the template says."""
        sqs, before = self.stack.client("sqs"), {}
        for output in of:
            queue = self.stack.outputs[output]
            attributes = sqs.get_queue_attributes(
                QueueUrl=queue, AttributeNames=["VisibilityTimeout"]
            )["Attributes"]
            before[queue] = attributes["VisibilityTimeout"]
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(seconds)})
        try:
            yield
        finally:
            for queue, timeout in before.items():
                sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": timeout})

    def function(self, name: str) -> dict[str, Any]:
        """A function of this stack; there may be others on the emulator."""
        pages = self.stack.client("lambda").get_paginator("list_functions").paginate()
        (found,) = (
            one
            for page in pages
            for one in page["Functions"]
            if one["FunctionName"].startswith(f"{STACK}-{name}-")
        )
        return dict(found)

    @contextmanager
    def misled(self, name: str, **variables: str) -> Iterator[None]:
        """Have a function run with other variables."""
        client, found = self.stack.client("lambda"), self.function(name)
        function, before = found["FunctionName"], found["Environment"]["Variables"]
        wrong = {"Variables": before | variables}
        client.update_function_configuration(FunctionName=function, Environment=wrong)
        try:
            yield
        finally:
            right = {"Variables": before}
            client.update_function_configuration(FunctionName=function, Environment=right)

    @contextmanager
    def events_lost(self) -> Iterator[None]:
        """Have no event of the bucket reach the queue."""
        events = self.stack.client("events")
        names = [
            rule["Name"]
            for rule in events.list_rules()["Rules"]
            if "DocumentChangesRule" in rule["Name"]
        ]
        assert len(names) == 1, names
        events.disable_rule(Name=names[0])
        try:
            yield
        finally:
            events.enable_rule(Name=names[0])

    @contextmanager
    def receipts(self) -> Iterator[Callable[[], list[dict[str, Any]]]]:
        """Listen on the event bus; gives a function that takes what was heard so far."""
        sqs, events = self.stack.client("sqs"), self.stack.client("events")
        queue = sqs.create_queue(QueueName="listener")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        events.put_rule(Name="listener", EventPattern=json.dumps({"source": ["wellread"]}))
        events.put_targets(
            Rule="listener", Targets=[{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}]
        )
        heard: list[dict[str, Any]] = []

        def take() -> list[dict[str, Any]]:
            while messages := sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=0
            ).get("Messages"):
                for message in messages:
                    heard.append(json.loads(message["Body"]))
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return heard

        try:
            yield take
        finally:
            events.remove_targets(Rule="listener", Ids=["queue"])
            events.delete_rule(Name="listener")
            sqs.delete_queue(QueueUrl=queue)
