"""The functions on AWS as a world: the true handlers and adapters, with AWS simulated."""

from __future__ import annotations

import contextlib
import json
import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.aws_tables import DOCUMENTS, THREADS, VECTORS
from tests.schedules.aws_services import MemoryBus, world_services
from tests.schedules.bucket import QUESTION, Bucket, Seen, Version, number_of
from tests.schedules.cloud import Cloud, Watched
from tests.schedules.interruptions import Switch
from tests.schedules.reconciling import left_as_they_were, reconcile
from tests.schedules.sqs import MemorySqs, Queue
from wellread import bootstrap
from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore
from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore
from wellread.bootstrap import Services
from wellread.domain.access.scope import Operator, Scope
from wellread.domain.ingest.records import INGEST_RETRIES
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion, RevisionId
from wellread.domain.knowledge.errors import TransientError
from wellread.local.lambda_runtime import LocalContext, load_handler
from wellread.settings import Settings
from wellread.wire.bucket_events import s3_change_event

_DOCUMENTS, _CHUNKS = "document-queue", "chunk-queue"
_MOST_ROUNDS = 2000
_MOST_REDRIVES = 5
_REMEMBERED_SECONDS = 31.0
"""The registry's counts are of that age at most."""


class AwsWorld:
    """A `World` on AWS's adapters; the calls to the outside are those of their clients."""

    def __init__(self, cloud: Cloud) -> None:
        """Begin with an empty bucket, and an index that is not there yet."""
        self.bucket = Bucket()
        self._cloud = cloud
        self._calls = cloud.calls
        self._calls.switch = self.switch = Switch()
        self._s3 = cloud.aws.client("s3")
        self._name = cloud.aws.bucket(versioned=True)
        self._sqs = MemorySqs(
            self._calls.clock, self._before_sending, most_receives=INGEST_RETRIES.max_deliveries
        )
        self.bus = MemoryBus()
        self.redriven = 0
        self._events: list[dict[str, Any]] = []
        self._sequencer = 0
        self._settings = Settings(
            backend="aws",
            documents_bucket=self._name,
            state_bucket=cloud.aws.bucket(versioned=True),
            documents_table=cloud.aws.table(DOCUMENTS),
            threads_table=cloud.aws.table(THREADS),
            vectors_table=cloud.aws.table(VECTORS),
            document_queue_url=_DOCUMENTS,
            chunk_queue_url=_CHUNKS,
            index_url=cloud.standin.url,
            index_name=f"passages-{uuid.uuid4().hex[:12]}",
        )
        self._clients = {
            "s3": Watched(self._s3, self._calls),
            "dynamodb": Watched(cloud.aws.client("dynamodb"), self._calls),
            "sqs": self._sqs,
            "events": Watched(self.bus, self._calls),
        }
        self.services = self._start()
        # Whoever asks is another process than whoever indexes.
        self.reader = self._made()

    def put(self, key: str, data: bytes) -> None:
        """Write an object: it gets a version."""
        made = self._s3.put_object(Bucket=self._name, Key=key, Body=data)
        self.bucket.history(key).append(Version(data, made["VersionId"]))
        self._happened(key, made["VersionId"], size=len(data))

    def delete(self, key: str) -> None:
        """Delete an object: it gets a delete marker."""
        made = self._s3.delete_object(Bucket=self._name, Key=key)
        self.bucket.history(key).append(Version(None, made["VersionId"]))
        self._happened(key, made["VersionId"], deletion="Delete Marker Created")

    def write_rules(self, settings: str) -> None:
        """Write the settings document; it holds a second later."""
        bucket = self._settings.state_bucket
        self._s3.put_object(Bucket=bucket, Key="settings.json", Body=settings.encode())
        self.elapse(1.0)

    def restore(self, key: str) -> None:
        """Delete the delete marker that is on top."""
        self._remove(key, len(self.bucket.history(key)) - 1)

    def roll_back(self, key: str) -> None:
        """Delete the version that is on top for good."""
        self._remove(key, len(self.bucket.history(key)) - 1)

    def expire(self, key: str, number: int) -> None:
        """Delete a version, or a delete marker, that is not on top."""
        self._remove(key, number)

    def holds(self) -> dict[str, int]:
        """The texts in the bucket."""
        listed = self._s3.list_objects_v2(Bucket=self._name).get("Contents", [])
        return {
            each["Key"]: number_of(
                self._s3.get_object(Bucket=self._name, Key=each["Key"])["Body"].read()
            )
            for each in listed
        }

    def announce(self) -> None:
        """EventBridge brings what happened to the bucket."""
        for event in self._events:
            self._sqs.arrive(_DOCUMENTS, json.dumps(event))
        self._events.clear()

    def tamper(self, dice: random.Random, *, lose: float) -> None:
        """Another order, repetitions, and events that never come."""
        self._events = [event for event in self._events if dice.random() >= lose]
        self._sqs.shuffle(_DOCUMENTS, dice, lose=0.0)
        self._sqs.shuffle(_CHUNKS, dice, lose=0.0)

    def disturb(self, dice: random.Random) -> None:
        """Something of AWS does not work as it should, for a moment."""
        faults = self._cloud.standin.faults
        match dice.randrange(6):
            case 0:
                faults.lose_answers(dice.randint(1, 2), applied=dice.choice((0.0, 0.5, 1.0)))
            case 1:
                faults.throttle_items([0], every=dice.choice((0, 2)), bulks=dice.randint(1, 3))
            case 2:
                faults.answer(dice.choice((429, 503)), dice.randint(1, 6), operations=["bulk"])
            case 3:
                self._sqs.failing = [dice.choice(("throttled", "timed out", "one left out"))]
            case _:
                fates = ("refused", "unheard", "")
                self._calls.failing = dice.choices(fates, (1, 1, 8), k=dice.randint(1, 20))

    def chunk_next(self) -> bool:
        """A batch of messages to the chunk function."""
        return self._deliver(_DOCUMENTS, "chunk")

    def embed_next(self) -> bool:
        """A batch of messages to the embed function."""
        return self._deliver(_CHUNKS, "embed")

    def elapse(self, seconds: float) -> None:
        """Time passes."""
        self._calls.sleep(seconds)

    def restart(self) -> None:
        """The functions' processes are gone; SQS delivers again what they had."""
        self.services = self._start()
        self._sqs.release(_DOCUMENTS)
        self._sqs.release(_CHUNKS)

    def settle(self) -> None:
        """Nothing fails any more: until the queues are empty, and so are the dead letters."""
        self._cloud.standin.faults.clear()
        self._sqs.failing.clear()
        self._calls.failing.clear()
        for _ in range(_MOST_REDRIVES):
            self._drain()
            dead = [self._sqs.queue(name) for name in (_DOCUMENTS, _CHUNKS)]
            if not any(queue.dead for queue in dead):
                return
            for queue in dead:
                self._redrive(queue)

    def reconcile(self) -> None:
        """Compare and repair, as the scheduled function does."""
        with self._working(), contextlib.suppress(TransientError):
            reconcile(list(self.holds()))

    def seen(self) -> dict[str, Seen]:
        """What everyone's search shows."""
        texts: dict[str, list[str]] = {}
        for passage in self.reader.retrieval.retrieve(QUESTION, Scope.of("everyone"), 1000):
            texts.setdefault(passage.document, []).append(passage.chunk.text)
        return {document: Seen.of(found) for document, found in texts.items()}

    def thread_stores(self) -> tuple[DynamoThreadStore, DynamoFeedbackStore]:
        """Threads and verdicts as they are stored."""
        client, table = self._clients["dynamodb"], str(self._settings.threads_table)
        return (
            DynamoThreadStore(client, table, clock=self._calls.clock),
            DynamoFeedbackStore(client, table),
        )

    def unfinished(self) -> list[str]:
        """Documents without an end or a receipt, and chunks that count for nothing."""
        self.elapse(_REMEMBERED_SECONDS)
        found = []
        progress = self.services.documents.progress(Operator())
        if progress.waiting or progress.failed:
            found.append(f"{progress.waiting} wait, {progress.failed} failed")
        if old := left_as_they_were(self.services.documents):
            found.append(f"{old} are as an older version read them")
        if waiting := [q.name for q in self._queues() if q.waiting or q.dead]:
            found.append(f"messages are left in {waiting}")
        registry, index = self.services.adapters.registry, self.services.adapters.index
        told = {(detail["document"], detail["revision"]) for detail in self.bus.details}
        wanted: dict[str, set[str]] = {}
        for key in self.bucket.held():
            record = registry.get(DocumentId(key))
            if record is None or record.active is None:
                found.append(f"{key!r} has no active build")
                continue
            wanted[key] = set(record.active.writes.values())
            if (key, record.revision) not in told:
                found.append(f"{key!r} has no receipt")
            shown = index.visible(DocumentId(key), frozenset(wanted[key]))
            if shown != record.active.chunks:
                found.append(f"{key!r} has {shown} of {record.active.chunks} chunks")
        return found + [
            f"the index holds {dict(held.writes)} of {held.document!r}"
            for held in index.inventory()
            if set(held.writes) != wanted.get(held.document, set())
        ]

    def close(self) -> None:
        """Let go of the process's services and of the index."""
        bootstrap.install(None)
        self._calls.watching = None
        with contextlib.suppress(Exception):
            self._cloud.index.indices.delete(index=self._settings.index_name)

    def on_every_call(self, look: Callable[[], None] | None) -> None:
        """Have somebody look before every call that a function makes."""
        self._calls.watching = look

    @contextlib.contextmanager
    def while_reading(self, *, before_call: int, do: Callable[[], None]) -> Iterator[None]:
        """Have something done before one of a reader's calls (from 1)."""
        count = 0

        def watch() -> None:
            nonlocal count
            count += 1
            if count == before_call:
                self._calls.reading = None
                do()

        self._calls.reading = watch
        try:
            yield
        finally:
            self._calls.reading = None

    def _start(self) -> Services:
        services = self._made()
        bootstrap.install(services)
        return services

    def _made(self) -> Services:
        return world_services(self._settings, dict(self._clients), self._calls)

    def _deliver(self, queue: str, function: str) -> bool:
        handler = load_handler(function)

        def invoke(event: dict[str, Any]) -> dict[str, Any]:
            with self._working():
                return handler(event, LocalContext(function))

        return self._sqs.deliver(queue, invoke, most=2)

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        before, self._calls.working = self._calls.working, True
        try:
            # Who gets in between is another process too, and may not wait for this one's locks.
            with bootstrap.override(self._made()) if before else contextlib.nullcontext():
                yield
        finally:
            self._calls.working = before

    def _before_sending(self) -> None:
        self._calls.before()

    def _queues(self) -> list[Queue]:
        return [self._sqs.queue(_DOCUMENTS), self._sqs.queue(_CHUNKS)]

    def _drain(self) -> None:
        self.announce()
        for _ in range(_MOST_ROUNDS):
            if self.chunk_next() or self.embed_next():
                continue
            later = [m.visible_at for queue in self._queues() for m in queue.waiting]
            if not later:
                return
            self.elapse(max(0.0, min(later) - self._calls.now))
        raise RuntimeError("the queues never come to rest")

    def _redrive(self, queue: Queue) -> None:
        self.redriven += len(queue.dead)
        for message in queue.dead:
            self._sqs.arrive(queue.name, message.body)
        queue.dead.clear()

    def _remove(self, key: str, number: int) -> None:
        version = self.bucket.history(key).pop(number)
        self._s3.delete_object(Bucket=self._name, Key=key, VersionId=version.id)
        self._happened(key, version.id, deletion="Permanently Deleted")

    def _happened(self, key: str, version: str, *, size: int = 0, deletion: str = "") -> None:
        """S3 tells EventBridge.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
        """
        self._sequencer += 1
        made = ObjectVersion(DocumentId(key), RevisionId(version), size, 0)
        event = s3_change_event(
            self._name,
            key,
            version=None if deletion else made,
            sequencer=self._sequencer,
            clock=self._calls.clock,
        )
        if deletion:
            event["detail"]["object"]["version-id"] = version
            event["detail"]["deletion-type"] = deletion
        self._events.append(event)
