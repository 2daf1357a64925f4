"""The adapters that the suites run on. Another adapter of a port joins by one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import opensearch
from tests.aws_tables import DOCUMENTS, REPLIES, THREADS, VECTORS
from tests.contract.index.passage_indexes import (
    INDEXES,
    LAGGING,
    PROMPT,
    REEMBEDDABLE,
    Servers,
    Surroundings,
)
from tests.doubles import SetClock
from tests.simulated_aws import Between, SimulatedAws, simulated_aws
from wellread.adapters.aws.dynamodb_cases import DynamoCaseStore, DynamoReviewedAnswers
from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore
from wellread.adapters.aws.dynamodb_models import DynamoModelRegistry
from wellread.adapters.aws.dynamodb_rate_limits import DynamoRateLimiter
from wellread.adapters.aws.dynamodb_registry import DynamoDocumentRegistry
from wellread.adapters.aws.dynamodb_replies import DynamoReplyLedger
from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore
from wellread.adapters.aws.dynamodb_unanswered import DynamoUnansweredQuestions
from wellread.adapters.aws.dynamodb_vectors import DynamoVectorCache
from wellread.adapters.aws.eventbridge_receipts import EventBridgeReceipts
from wellread.adapters.aws.s3_documents import S3DocumentStore
from wellread.adapters.aws.s3_revisions import S3RevisionStore
from wellread.adapters.aws.s3_settings import S3SettingsDocument
from wellread.adapters.aws.sqs_questions import SqsQuestionQueue
from wellread.adapters.aws.sqs_queues import SqsChangeQueue, SqsChunkQueue
from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.rate_limits import MemoryRateLimiter
from wellread.adapters.embedded.rules_file import RulesFile
from wellread.adapters.embedded.sqlite_cases import SqliteCaseStore, SqliteReviewedAnswers
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore
from wellread.adapters.embedded.sqlite_models import SqliteModelRegistry
from wellread.adapters.embedded.sqlite_questions import SqliteQuestionQueue
from wellread.adapters.embedded.sqlite_queue import (
    SqliteChangeQueue,
    SqliteChunkQueue,
    SqliteQueue,
)
from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
from wellread.adapters.embedded.sqlite_replies import SqliteReplyLedger
from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore
from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore
from wellread.adapters.embedded.sqlite_unanswered import SqliteUnansweredQuestions
from wellread.adapters.embedded.sqlite_vectors import SqliteVectorCache
from wellread.domain.chat.events import ChatEvent, event_of_message
from wellread.domain.ingest.records import BatchReference
from wellread.ports.chat import QuestionQueue
from wellread.ports.ingest import ChangeQueue, ChunkQueue, DocumentStore


@dataclass
class Place:
    """Where an adapter under test keeps its things."""

    path: Path
    database: SqliteDatabase
    clock: SetClock
    aws: SimulatedAws


@dataclass
class Bucket:
    """A document store, and the hands that put things into it behind its back."""

    store: DocumentStore
    put: Callable[[str, bytes], object]
    delete: Callable[[str], object]


@dataclass
class Deliveries:
    """The receiving end of the queues."""

    chunk_queue: ChunkQueue
    change_queue: ChangeQueue
    batches: Callable[[], list[BatchReference]]
    events: Callable[[], list[dict]]
    clock: SetClock = field(default_factory=SetClock)


@dataclass
class TakenEvent:
    """An event in a worker's hands.

    Attributes:
        done: It is not delivered again.
        again: It is, at once or after so many seconds.
    """

    event: ChatEvent
    done: Callable[[], object]
    again: Callable[[int], object]


@dataclass
class Questions:
    """The question queue from both ends; `take` gives the next event, None where none is next."""

    queue: QuestionQueue
    take: Callable[[], TakenEvent | None]


def folder_bucket(place: Place) -> Bucket:
    root = place.path / "documents"
    root.mkdir()

    def put(key: str, data: bytes) -> None:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)

    return Bucket(
        store=FolderDocumentStore(root, place.database, place.clock, max_bytes=1_000_000),
        put=put,
        delete=lambda key: (root / key).unlink(),
    )


def sqlite_deliveries(place: Place) -> Deliveries:
    chunks = SqliteQueue(place.database, "chunks", place.clock)
    changes = SqliteQueue(place.database, "changes", place.clock)
    return Deliveries(
        chunk_queue=SqliteChunkQueue(chunks),
        change_queue=SqliteChangeQueue(changes, "knowledge-base"),
        batches=lambda: [
            BatchReference.of_message(json.loads(m.body)) for m in chunks.receive(10, 60)
        ],
        events=lambda: [json.loads(m.body) for m in changes.receive(10, 60)],
        clock=place.clock,
    )


def sqlite_questions(place: Place) -> Questions:
    queue = SqliteQueue(place.database, "questions.fifo", place.clock)

    def take() -> TakenEvent | None:
        received = queue.receive(1, 900)
        if not received:
            return None
        return TakenEvent(
            event_of_message(json.loads(received[0].body)),
            done=lambda: queue.delete(received),
            again=lambda seconds: queue.release(received[0], seconds),
        )

    return Questions(SqliteQuestionQueue(queue), take)


def sqs_questions(place: Place) -> Questions:
    sqs, url = place.aws.client("sqs"), place.aws.queue(FifoQueue="true")

    def take() -> TakenEvent | None:
        received = sqs.receive_message(QueueUrl=url, VisibilityTimeout=900).get("Messages", [])
        if not received:
            return None
        named = {"QueueUrl": url, "ReceiptHandle": received[0]["ReceiptHandle"]}
        return TakenEvent(
            event_of_message(json.loads(received[0]["Body"])),
            done=lambda: sqs.delete_message(**named),
            again=lambda seconds: sqs.change_message_visibility(**named, VisibilityTimeout=seconds),
        )

    return Questions(SqsQuestionQueue(sqs, url), take)


def rules_file(place: Place):
    path = place.path / "settings.json"
    return RulesFile(path), path.write_text


def s3_bucket(place: Place) -> Bucket:
    s3, name = place.aws.client("s3"), place.aws.bucket(versioned=True)
    return Bucket(
        store=S3DocumentStore(s3, name, max_bytes=1_000_000),
        put=lambda key, data: s3.put_object(Bucket=name, Key=key, Body=data),
        delete=lambda key: s3.delete_object(Bucket=name, Key=key),
    )


def sqs_deliveries(place: Place) -> Deliveries:
    sqs, chunks, changes = place.aws.client("sqs"), place.aws.queue(), place.aws.queue()

    def received(url: str) -> list[dict]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    return Deliveries(
        chunk_queue=SqsChunkQueue(sqs, chunks),
        change_queue=SqsChangeQueue(sqs, changes, "knowledge-base", clock=place.clock),
        batches=lambda: [BatchReference.of_message(body) for body in received(chunks)],
        events=lambda: received(changes),
        clock=place.clock,
    )


def dynamo_registry(place: Place) -> DynamoDocumentRegistry:
    return DynamoDocumentRegistry(
        place.aws.client("dynamodb"),
        place.aws.table(DOCUMENTS),
        RulesFile(place.path / "settings.json"),
        clock=place.clock,
    )


def rule_aware_registry(place: Place):
    """A registry, and what writes the settings document that it looks at."""
    return dynamo_registry(place), (place.path / "settings.json").write_text


def dynamo_listing(place: Place):
    """A registry, what writes its rules, and what counts its requests and the items read."""
    read = 0

    def reading(call: Callable[..., dict], **request: object) -> dict:
        nonlocal read
        found = call(**request)
        read += 1 + len(found.get("Items", ()))
        read += sum(map(len, found.get("Responses", {}).values()))
        return found

    def cost_of(look: Callable[[], object]) -> int:
        nonlocal read
        read = 0
        look()
        return read

    client = Between(place.aws.client("dynamodb"), query=reading, batch_get_item=reading)
    path = place.path / "settings.json"
    registry = DynamoDocumentRegistry(
        client, place.aws.table(DOCUMENTS), RulesFile(path), clock=place.clock
    )
    return registry, path.write_text, cost_of


def sqlite_listing(place: Place):
    """A registry (whose records hold what rules say), and what counts SQLite's steps."""
    connection = place.database.connection()
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    def cost_of(look: Callable[[], object]) -> int:
        nonlocal steps
        steps = 0
        connection.set_progress_handler(count, 1)
        look()
        connection.set_progress_handler(None, 0)
        return steps

    return SqliteDocumentRegistry(place.database), lambda _: None, cost_of


def s3_revisions(place: Place) -> S3RevisionStore:
    return S3RevisionStore(place.aws.client("s3"), place.aws.bucket())


def dynamo_vectors(place: Place) -> DynamoVectorCache:
    return DynamoVectorCache(
        place.aws.client("dynamodb"), place.aws.table(VECTORS), clock=place.clock
    )


def dynamo_threads(place: Place) -> DynamoThreadStore:
    return DynamoThreadStore(
        place.aws.client("dynamodb"), place.aws.table(THREADS), clock=place.clock
    )


def dynamo_ledger(place: Place) -> DynamoReplyLedger:
    return DynamoReplyLedger(
        place.aws.client("dynamodb"), place.aws.table(REPLIES), clock=place.clock
    )


def dynamo_feedback(place: Place) -> DynamoFeedbackStore:
    return DynamoFeedbackStore(place.aws.client("dynamodb"), place.aws.table(THREADS))


def dynamo_cases(place: Place) -> DynamoCaseStore:
    return DynamoCaseStore(place.aws.client("dynamodb"), place.aws.table(THREADS))


def dynamo_reviewed(place: Place) -> DynamoReviewedAnswers:
    return DynamoReviewedAnswers(place.aws.client("dynamodb"), place.aws.table(THREADS))


def dynamo_models(place: Place) -> DynamoModelRegistry:
    return DynamoModelRegistry(place.aws.client("dynamodb"), place.aws.table(THREADS))


def s3_settings(place: Place):
    s3, name = place.aws.client("s3"), place.aws.bucket()

    def write(text: str) -> None:
        s3.put_object(Bucket=name, Key="settings.json", Body=text.encode())
        place.clock.now += 1.0  # "at once" is after a second, for what is asked all the time

    return S3SettingsDocument(s3, name, clock=place.clock), write


def dynamo_limiter(place: Place, per_minute: int) -> DynamoRateLimiter:
    return DynamoRateLimiter(
        place.aws.client("dynamodb"), place.aws.table(THREADS), per_minute, clock=place.clock
    )


def eventbridge_receipts(place: Place):
    """A sink, and what came out at the other end of its bus."""
    events, sqs, bus = place.aws.client("events"), place.aws.client("sqs"), place.aws.bus()
    url = place.aws.queue()
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(Name=f"all-of-{bus}", EventBusName=bus, EventPattern='{"source": ["wellread"]}')
    target = {"Id": "queue", "Arn": arn["QueueArn"]}
    events.put_targets(Rule=f"all-of-{bus}", EventBusName=bus, Targets=[target])

    def told() -> list[dict]:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    return EventBridgeReceipts(events, bus), told


BUCKETS = {"folder": folder_bucket, "s3": s3_bucket}
QUEUES = {"sqlite": sqlite_deliveries, "sqs": sqs_deliveries}
REGISTRIES = {
    "sqlite": lambda place: SqliteDocumentRegistry(place.database),
    "dynamodb": dynamo_registry,
}
REVISIONS = {"sqlite": lambda place: SqliteRevisionStore(place.database), "s3": s3_revisions}
VECTOR_CACHES = {
    "sqlite": lambda place: SqliteVectorCache(place.database),
    "dynamodb": dynamo_vectors,
}
THREAD_STORES = {
    "sqlite": lambda place: SqliteThreadStore(place.database),
    "dynamodb": dynamo_threads,
}
FEEDBACK = {
    "sqlite": lambda place: SqliteFeedbackStore(place.database),
    "dynamodb": dynamo_feedback,
}
CASES = {"sqlite": lambda place: SqliteCaseStore(place.database), "dynamodb": dynamo_cases}
REVIEWED = {
    "sqlite": lambda place: SqliteReviewedAnswers(place.database),
    "dynamodb": dynamo_reviewed,
}
MODEL_REGISTRIES = {
    "sqlite": lambda place: SqliteModelRegistry(place.database),
    "dynamodb": dynamo_models,
}
UNANSWERED = {
    "sqlite": lambda place: SqliteUnansweredQuestions(place.database),
    "dynamodb": lambda place: DynamoUnansweredQuestions(
        place.aws.client("dynamodb"), place.aws.table(THREADS), clock=place.clock
    ),
}
QUESTION_QUEUES = {"sqlite": sqlite_questions, "sqs": sqs_questions}
LEDGERS = {
    "sqlite": lambda place: SqliteReplyLedger(place.database, place.clock),
    "dynamodb": dynamo_ledger,
}
SETTINGS_DOCUMENTS = {"file": rules_file, "s3": s3_settings}
RATE_LIMITERS = {
    "memory": lambda place, per_minute: MemoryRateLimiter(per_minute, place.clock),
    "dynamodb": dynamo_limiter,
}
RULE_AWARE_REGISTRIES = {"dynamodb": rule_aware_registry}
RULED_LISTINGS = {"sqlite": sqlite_listing, "dynamodb": dynamo_listing}
RECEIPTS = {"eventbridge": eventbridge_receipts}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture
def place(tmp_path: Path, clock: SetClock, aws: SimulatedAws) -> Iterator[Place]:
    database = SqliteDatabase(tmp_path / "data" / "wellread.sqlite")
    yield Place(tmp_path, database, clock, aws)
    database.close()


def adapter(adapters: dict):
    @pytest.fixture(params=adapters.values(), ids=adapters.keys())
    def make(request: pytest.FixtureRequest, place: Place):
        return request.param(place)

    return make


bucket = adapter(BUCKETS)
deliveries = adapter(QUEUES)
registry = adapter(REGISTRIES)
revisions = adapter(REVISIONS)
vector_cache = adapter(VECTOR_CACHES)
threads = adapter(THREAD_STORES)
feedback = adapter(FEEDBACK)
cases = adapter(CASES)
reviewed = adapter(REVIEWED)
models = adapter(MODEL_REGISTRIES)
unanswered = adapter(UNANSWERED)
questions = adapter(QUESTION_QUEUES)
ledger = adapter(LEDGERS)
settings_document = adapter(SETTINGS_DOCUMENTS)
rule_aware = adapter(RULE_AWARE_REGISTRIES)
ruled_listing = adapter(RULED_LISTINGS)
receipts = adapter(RECEIPTS)


@pytest.fixture(params=RATE_LIMITERS.values(), ids=RATE_LIMITERS.keys())
def limiter_of(request: pytest.FixtureRequest, place: Place):
    """Makes a rate limiter for so many questions a minute."""
    return lambda per_minute: request.param(place, per_minute)


real_opensearch = opensearch.real_opensearch


@pytest.fixture(scope="session")
def index_servers(real_opensearch: Callable[[], str]) -> Iterator[Servers]:
    servers = Servers(real_opensearch)
    yield servers
    servers.close()


@pytest.fixture
def around(tmp_path: Path, clock: SetClock) -> Surroundings:
    return Surroundings(tmp_path, clock)


def passage_index(indexes: dict, *, settled: bool):
    # The ones with a real server need the development data.
    params = [
        pytest.param(made, id=name, marks=pytest.mark.shared if "opensearch" in name else ())
        for name, made in indexes.items()
    ]

    @pytest.fixture(params=params)
    def make(request: pytest.FixtureRequest, around: Surroundings, index_servers: Servers):
        with request.param(around, index_servers, settled=settled) as index:
            yield index

    return make


index = passage_index(INDEXES, settled=True)
lagging_index = passage_index(LAGGING, settled=False)
rule_aware_index = passage_index(LAGGING, settled=True)
prompt_index = passage_index(PROMPT, settled=False)
reembeddable_index = passage_index(REEMBEDDABLE, settled=False)
