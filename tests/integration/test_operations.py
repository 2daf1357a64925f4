"""What goes wrong and is put right: dead letters, lost events, receipts, roles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.driver import Driver, until
from wellread.adapters.aws.sqs_dead_letters import SqsDeadLetters

FUNCTIONS = ("ApiFunction", "ChunkFunction", "EmbedFunction", "ParseFunction", "ReconcileFunction")


def test_a_poisonous_message_reaches_the_dead_letters_and_holds_up_nobody(driver: Driver) -> None:
    sqs = driver.stack.client("sqs")
    queue = driver.stack.outputs["DocumentQueueUrl"]
    dead = driver.stack.outputs["DocumentDeadLetterQueueUrl"]
    before = driver.waiting("DocumentDeadLetterQueueUrl")
    with driver.redelivery_after(2):
        sqs.send_message(QueueUrl=queue, MessageBody="this is not an event")
        driver.put("beside-poison.md", "# Beside\n\nThe pump beside the well is red.\n")
        driver.answered("What colour is the pump beside the well?", "red")
        until(
            lambda: driver.waiting("DocumentDeadLetterQueueUrl") == before + 1,
            60,
            "one dead letter more",
        )
        driver.drained()
    sqs.purge_queue(QueueUrl=dead)


def test_dead_letters_are_looked_at_and_redriven(driver: Driver) -> None:
    sqs = driver.stack.client("sqs")
    outputs = driver.stack.outputs
    with driver.events_lost():
        driver.put("redriven.md", "# Ferry\n\nThe ferry leaves at noon.\n")
    event = {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "id": "00000000-0000-0000-0000-000000000001",
        "detail": {
            "bucket": {"name": driver.stack.bucket},
            "object": {"key": "redriven.md"},
        },
    }
    sqs.send_message(QueueUrl=outputs["DocumentDeadLetterQueueUrl"], MessageBody=json.dumps(event))
    letters = SqsDeadLetters(
        sqs, outputs["DocumentQueueUrl"], outputs["DocumentDeadLetterQueueUrl"]
    )
    peeked = until(letters.dead, 20, "a dead letter")
    assert [json.loads(letter.body)["detail"]["object"]["key"] for letter in peeked] == [
        "redriven.md"
    ]
    assert "redriven.md" not in driver.documents(), "looking changes nothing"
    letters.redrive()
    driver.answered("When does the ferry leave?", "noon")
    assert driver.waiting("DocumentDeadLetterQueueUrl") == 0


def test_reconcile_repairs_what_lost_events_left_and_reports(driver: Driver) -> None:
    driver.put("lost/stale.md", "# Tower\n\nThe tower has forty steps.\n")
    driver.put("lost/ghost.md", "# Bridge\n\nThe bridge was closed in winter.\n")
    driver.answered("How many steps has the tower?", "forty")
    driver.answered("When was the bridge closed?", "winter")
    driver.drained()
    with driver.events_lost():
        driver.put("lost/stale.md", "# Tower\n\nThe tower has sixty steps.\n")
        driver.delete("lost/ghost.md")
        driver.put("lost/missing.md", "# Mill\n\nThe mill grinds barley.\n")
    found = _found_by(driver, _reconcile(driver))
    assert "lost/missing.md" in found["missing"]
    assert "lost/stale.md" in found["stale"]
    assert "lost/ghost.md" in found["ghost"]
    driver.answered("How many steps has the tower?", "sixty")
    driver.answered("What does the mill grind?", "barley")
    driver.declined("When was the bridge closed?")
    driver.drained()
    again = _found_by(driver, _reconcile(driver))
    # What a repair replaced is swept a while later.
    assert again.keys() <= {"leftovers"}, "what was repaired stays so"


def test_every_end_of_a_document_is_told_on_the_event_bus(driver: Driver) -> None:
    with driver.receipts() as heard:
        driver.put("told.md", "# Well\n\nThe well is twelve metres deep.\n")
        driver.put("told.xyz", bytes(range(256)) * 64)
        driver.put("told-empty.md", "")

        def told() -> dict[str, Any] | None:
            found = {one["detail"]["document"]: one for one in heard()}
            return found if found.keys() >= {"told.md", "told.xyz", "told-empty.md"} else None

        receipts = until(told, 90, "three receipts")
    indexed = receipts["told.md"]
    assert indexed["source"] == "wellread"
    assert indexed["detail-type"] == "Document Indexed"
    assert indexed["detail"]["chunks"] == 1
    assert indexed["detail"]["searchable_since"]
    listed = driver.documents()
    for key in ("told.xyz", "told-empty.md"):
        failed = receipts[key]
        assert failed["detail-type"] == "Document Failed"
        assert failed["detail"]["code"] == listed[key]["code"]
        assert failed["detail"]["reason"] == listed[key]["reason"]
        assert failed["detail"]["fix"]
    assert listed["told-empty.md"]["code"] == "empty"


@contextmanager
def _as_function(driver: Driver, name: str, service: str) -> Iterator[Any]:
    """A client with the keys that the emulator gives to a function's workers."""
    client = driver.client_of_function(name, service)
    try:
        yield client
    finally:
        client.close()


def test_a_functions_role_cannot_do_what_anothers_may(driver: Driver) -> None:
    driver.put("roles.md", "# Roles\n\nThe captain steers.\n")
    driver.answered("Who steers?", "captain")
    _reconcile(driver)
    outputs = driver.stack.outputs
    documents, state = outputs["DocumentsBucketName"], outputs["StateBucketName"]
    key = {"document": {"S": "roles.md"}}

    def refused(function: str, service: str, call: str, **arguments: Any) -> str:
        with (
            _as_function(driver, function, service) as client,
            pytest.raises(ClientError) as caught,
        ):
            getattr(client, call)(**arguments)
        return str(caught.value.response["Error"]["Code"])

    def allowed(function: str, service: str, call: str, **arguments: Any) -> None:
        with _as_function(driver, function, service) as client:
            getattr(client, call)(**arguments)

    # What each needs, so that a refusal below is of the one thing and not of everything.
    allowed("ApiFunction", "dynamodb", "get_item", TableName=outputs["DocumentsTableName"], Key=key)
    allowed("ChunkFunction", "s3", "head_object", Bucket=documents, Key="roles.md")
    allowed("ReconcileFunction", "s3", "list_object_versions", Bucket=documents)
    denied = {"AccessDenied", "AccessDeniedException", "403"}
    for function in FUNCTIONS:
        put = {"Bucket": documents, "Key": "roles.md", "Body": b"x"}
        assert refused(function, "s3", "put_object", **put) in denied
        gone = {"Bucket": documents, "Key": "roles.md"}
        assert refused(function, "s3", "delete_object", **gone) in denied
        settings = {"Bucket": state, "Key": "settings.json", "Body": b"{}"}
        assert refused(function, "s3", "put_object", **settings) in denied
    staged = {"Bucket": state, "Key": "staged/x"}
    assert refused("ApiFunction", "s3", "get_object", **staged) in denied
    item = {"TableName": outputs["DocumentsTableName"], "Item": {**key, "generation": {"N": "1"}}}
    assert refused("ApiFunction", "dynamodb", "put_item", **item) in denied
    assert refused("ReconcileFunction", "dynamodb", "put_item", **item) in denied
    threads = {
        "TableName": outputs["ThreadsTableName"],
        "Key": {"pk": {"S": "x"}, "sk": {"S": "x"}},
    }
    # Chunk takes out of threads what a deleted document left there, and starts none.
    started = {"TableName": outputs["ThreadsTableName"], "Item": threads["Key"]}
    assert refused("ChunkFunction", "dynamodb", "put_item", **started) in denied
    for function in set(FUNCTIONS) - {"ApiFunction", "ChunkFunction"}:
        assert refused(function, "dynamodb", "get_item", **threads) in denied
    chunk = {"QueueUrl": outputs["ChunkQueueUrl"], "MessageBody": "{}"}
    assert refused("ApiFunction", "sqs", "send_message", **chunk) in denied
    assert refused("ReconcileFunction", "sqs", "send_message", **chunk) in denied


def _reconcile(driver: Driver) -> dict[str, Any]:
    """Run the state machine; gives what it returned."""
    machines = driver.stack.client("stepfunctions")
    started = machines.start_execution(
        stateMachineArn=driver.stack.outputs["ReconcileStateMachineArn"], input="{}"
    )

    def over() -> dict[str, Any] | None:
        run = machines.describe_execution(executionArn=started["executionArn"])
        return run if run["status"] != "RUNNING" else None

    run = until(over, 120, "the state machine's end")
    assert run["status"] == "SUCCEEDED", run
    output: dict[str, Any] = json.loads(run["output"])
    return output


def _found_by(driver: Driver, run: dict[str, Any]) -> dict[str, set[str]]:
    """The keys that a run's report names, by the kind of difference."""
    s3, bucket = driver.stack.client("s3"), driver.stack.outputs["StateBucketName"]
    folder = f"reconcile/{run['run']}/"
    report = json.loads(s3.get_object(Bucket=bucket, Key=folder + "report.json")["Body"].read())
    text = s3.get_object(Bucket=bucket, Key=folder + "report.md")["Body"].read().decode()
    found: dict[str, set[str]] = {}
    for part in (report, report["checked"]):
        for kind, keys in part["found"].items():
            found.setdefault(kind, set()).update(keys)
            assert all(key in text for key in keys), "the report for people names them too"
    return found
