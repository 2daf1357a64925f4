"""The function that reads files may do nothing else, with its role or with what it was lent."""

from __future__ import annotations

import hashlib
import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from opensearchpy.exceptions import OpenSearchException

from stack_local.emulator import REGION
from stack_local.function_keys import keys_of
from tests.integration.driver import Driver
from wellread.adapters.aws.lambda_parser import LambdaParser
from wellread.adapters.aws.opensearch_connection import connect
from wellread.adapters.aws.s3_documents import S3DocumentStore
from wellread.adapters.aws.s3_objects import StateBucket
from wellread.domain.ingest.lending import LentDocument
from wellread.domain.knowledge.documents import ObjectVersion
from wellread.domain.knowledge.errors import DocumentError, FailureCode

FUNCTION = "ParseFunction"
ANYTHING = {"query": {"match_all": {}}, "size": 1}
DENIED = {"AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation"}


def name_of(driver: Driver, function: str) -> str:
    """What a function is called in the deployed stack."""
    functions = driver.stack.client("lambda").list_functions()["Functions"]
    return str(next(f["FunctionName"] for f in functions if f"-{function}-" in f["FunctionName"]))


@pytest.fixture
def secret(driver: Driver) -> str:
    """A document that is there to be stolen, indexed."""
    driver.put("secret.md", "# Vault\n\nThe vault opens with the word gooseberry.\n")
    driver.answered("Which word opens the vault?", "gooseberry")
    driver.drained()
    return "secret.md"


def test_the_role_of_parse_reads_writes_and_calls_nothing(driver: Driver, secret: str) -> None:
    outputs = driver.stack.outputs
    documents, state = outputs["DocumentsBucketName"], outputs["StateBucketName"]
    folder = hashlib.sha256(secret.encode()).hexdigest()
    tried = 0
    for service, calls in {
        "s3": [
            ("get_object", {"Bucket": documents, "Key": secret}),
            ("head_object", {"Bucket": documents, "Key": secret}),
            ("put_object", {"Bucket": documents, "Key": secret, "Body": b"x"}),
            ("put_object", {"Bucket": documents, "Key": "new.md", "Body": b"x"}),
            ("delete_object", {"Bucket": documents, "Key": secret}),
            ("list_objects_v2", {"Bucket": documents}),
            ("list_object_versions", {"Bucket": documents}),
            ("get_object", {"Bucket": state, "Key": "settings.json"}),
            ("put_object", {"Bucket": state, "Key": "settings.json", "Body": b"{}"}),
            ("put_object", {"Bucket": state, "Key": f"revisions/{folder}/x", "Body": b"x"}),
            ("put_object", {"Bucket": state, "Key": f"staged/{folder}/parsed/x", "Body": b"x"}),
            ("list_objects_v2", {"Bucket": state}),
            ("delete_object", {"Bucket": state, "Key": "settings.json"}),
            ("put_bucket_policy", {"Bucket": state, "Policy": "{}"}),
            ("list_buckets", {}),
        ],
        "dynamodb": [
            *(
                (call, {"TableName": outputs[table], **arguments})
                for table, key in (
                    ("DocumentsTableName", {"document": {"S": secret}}),
                    ("ThreadsTableName", {"pk": {"S": "x"}, "sk": {"S": "x"}}),
                    ("VectorsTableName", {"pk": {"S": "x"}}),
                    ("RepliesTableName", {"pk": {"S": "x"}}),
                )
                for call, arguments in (
                    ("get_item", {"Key": key}),
                    ("put_item", {"Item": key}),
                    ("delete_item", {"Key": key}),
                    ("scan", {}),
                )
            ),
            ("list_tables", {}),
        ],
        "sqs": [
            *(
                (call, {"QueueUrl": outputs[queue], **arguments})
                for queue in (
                    "DocumentQueueUrl",
                    "ChunkQueueUrl",
                    "DocumentDeadLetterQueueUrl",
                    "ChunkDeadLetterQueueUrl",
                    "QuestionQueueUrl",
                    "ReceiptQueueUrl",
                )
                for call, arguments in (
                    ("send_message", {"MessageBody": "{}"}),
                    ("receive_message", {}),
                    ("purge_queue", {}),
                )
            ),
            ("list_queues", {}),
        ],
        "lambda": [
            ("list_functions", {}),
            *(
                (call, {"FunctionName": name_of(driver, function)})
                for function in (
                    "ApiFunction",
                    "ChunkFunction",
                    "EmbedFunction",
                    "ReconcileFunction",
                    "SlackFunction",
                    "AnswerFunction",
                    "ReceiptsFunction",
                    FUNCTION,
                )
                for call in ("invoke", "get_function", "delete_function")
            ),
        ],
        "events": [
            ("put_events", {"Entries": [{"Source": "wellread", "DetailType": "x", "Detail": "{}"}]})
        ],
        "stepfunctions": [
            ("start_execution", {"stateMachineArn": outputs["ReconcileStateMachineArn"]})
        ],
        "secretsmanager": [
            ("list_secrets", {}),
            ("get_secret_value", {"SecretId": "any"}),
            ("get_secret_value", {"SecretId": outputs["SlackSecretArn"]}),
        ],
        "ssm": [("get_parameter", {"Name": "any"}), ("describe_parameters", {})],
        "kms": [("list_keys", {})],
        "iam": [("list_roles", {}), ("create_user", {"UserName": "mallory"})],
        "cloudformation": [("describe_stacks", {}), ("list_stacks", {})],
        "logs": [("describe_log_groups", {}), ("create_log_group", {"logGroupName": "mine"})],
    }.items():
        client = driver.client_of_function(FUNCTION, service)
        for call, arguments in calls:
            with pytest.raises(ClientError) as caught:
                getattr(client, call)(**arguments)
            code = caught.value.response["Error"]["Code"]
            assert code in DENIED, f"{service} {call} {arguments}: {code}"
            tried += 1
        client.close()
    assert tried > 60
    assert "gooseberry" in driver.ask("Which word opens the vault?")["answer"]


def test_the_role_of_parse_becomes_no_other(driver: Driver) -> None:
    iam = driver.stack.client("iam")
    roles = [r["Arn"] for r in iam.list_roles()["Roles"] if "FunctionRole" in r["RoleName"]]
    assert len(roles) == 11
    sts = driver.client_of_function(FUNCTION, "sts")
    for role in roles:
        with pytest.raises(ClientError) as caught:
            sts.assume_role(RoleArn=role, RoleSessionName="escape")
        assert caught.value.response["Error"]["Code"] in DENIED
    sts.close()


def test_the_index_answers_those_whom_its_policy_names_and_not_parse(
    driver: Driver, secret: str
) -> None:
    def search(function: str) -> Any:
        keys = keys_of(driver.function(function))
        client = connect(
            driver.stack.index.url,
            credentials=Credentials(keys.access_key, keys.secret_key, keys.token),
            region=REGION,
        )
        try:
            return client.search(index=driver.stack.outputs["IndexName"], body=ANYTHING)
        finally:
            client.close()

    for function in ("ApiFunction", "ChunkFunction", "EmbedFunction", "ReconcileFunction"):
        assert search(function)["hits"]["hits"]
    with pytest.raises(OpenSearchException) as caught:
        search(FUNCTION)
    assert caught.value.status_code == 403


@dataclass
class Lender:
    """What chunk does, with chunk's role, on documents that no event tells of."""

    driver: Driver
    s3: Any
    function: Any
    store: S3DocumentStore
    state: StateBucket
    parser: LambdaParser

    def put(self, name: str, data: bytes) -> ObjectVersion:
        """Put something that is no document to chunk itself, so that it is left alone."""
        self.driver.put(f".lent/{name}", data)
        version = self.store.current(f".lent/{name}")
        assert version is not None
        return version

    def call(self, lent: LentDocument) -> Any:
        """Call the function with it."""
        said = self.function.invoke(
            FunctionName=name_of(self.driver, FUNCTION), Payload=json.dumps(lent.as_event())
        )
        assert "FunctionError" not in said, said["Payload"].read()
        return json.loads(said["Payload"].read())

    def left(self) -> list[str]:
        """What lies where texts are handed over."""
        bucket = self.driver.stack.outputs["StateBucketName"]
        found = self.driver.stack.client("s3").list_objects_v2(Bucket=bucket, Prefix="staged/")
        return [one["Key"] for one in found.get("Contents", ()) if "/parsed/" in one["Key"]]


@pytest.fixture
def lender(driver: Driver) -> Iterator[Lender]:
    signing = Config(signature_version="s3v4")
    s3 = driver.client_of_function("ChunkFunction", "s3", signing)
    patient = Config(read_timeout=120, retries={"total_max_attempts": 1})
    function = driver.client_of_function("ChunkFunction", "lambda", patient)
    store = S3DocumentStore(s3, driver.stack.bucket, max_bytes=100_000_000)
    state = StateBucket(s3, driver.stack.outputs["StateBucketName"])
    parser = LambdaParser(function, name_of(driver, FUNCTION), store, state, parse_seconds=600)
    # The emulator knows a role's keys from its function's first run on.
    driver.put("first.md", "# First\n\nThe first lamp is green.\n")
    driver.answered("What colour is the first lamp?", "green")
    yield Lender(driver, s3, function, store, state, parser)
    s3.close()
    function.close()


def test_a_document_is_read_by_the_function_as_chunk_calls_it(lender: Lender) -> None:
    parsed = lender.parser.parse(lender.put("a b é.md", b"# Head\n\nSome words.\n"))
    assert (parsed.title, parsed.headings[0].title) == ("Head", "Head")
    with pytest.raises(DocumentError) as caught:
        lender.parser.parse(lender.put("broken.pdf", b"%PDF-1.7\n" + b"x" * 100))
    assert caught.value.code is FailureCode.DAMAGED


def test_a_text_that_is_too_large_for_an_answer_comes_back(lender: Lender) -> None:
    dice = random.Random(7)
    lines = [dice.randbytes(40).hex() for _ in range(150_000)]
    parsed = lender.parser.parse(lender.put("large.txt", "\n".join(lines).encode()))
    assert len(parsed.text) > 12_000_000
    assert lines[0] in parsed.text
    assert lines[-1] in parsed.text
    assert lender.left() == []


def asked(address: str, method: str = "GET", **headers: str) -> int:
    """The status of a request of somebody who has nothing but an address."""
    data = b"forged" if method == "PUT" else None
    request = urllib.request.Request(
        address,
        method=method,
        data=data,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_what_is_lent_for_reading_is_one_version_and_nothing_else(
    lender: Lender, secret: str
) -> None:
    old = lender.put("mine.md", b"one version")
    address = lender.store.lend(old, seconds=60)
    newer = lender.put("mine.md", b"another version")
    assert asked(address) == 200, "what is tried below is refused for another reason"
    assert old.revision in address
    mine, other = quote(".lent/mine.md"), quote(secret)
    assert mine in address
    tries = [
        address.replace(mine, other),
        address.replace(old.revision, newer.revision),
        address.replace(f"versionId={old.revision}&", ""),
        address.replace(f"{mine}?", "?list-type=2&"),
        address.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        address.partition("?")[0],
    ]
    assert len(set(tries) - {address}) == len(tries)
    assert [asked(each) for each in tries] == [403] * len(tries)
    for method in ("PUT", "DELETE", "POST"):
        assert asked(address, method) == 403


def test_what_is_lent_is_lent_for_a_while(lender: Lender) -> None:
    version = lender.put("soon.md", b"words")
    source = lender.store.lend(version, seconds=1)
    target = lender.state.lend_place("staged/x/parsed/late", seconds=1)
    time.sleep(2.5)
    assert asked(source) == 403
    assert asked(target, "PUT", If_None_Match="*") == 403
    lent = LentDocument("soon.md", 5, source, target)
    assert lender.call(lent) == {"status": 403, "code": "AccessDenied"}


def test_what_is_lent_for_writing_is_one_object_and_once(lender: Lender) -> None:
    key = "staged/x/parsed/once"
    address = lender.state.lend_place(key, seconds=60)
    try:
        assert asked(address, "PUT") == 403, "it may not be written over"
        for other in ("settings.json", "revisions/x/y", "staged/x/parsed/other"):
            elsewhere = address.replace(key, other)
            assert asked(elsewhere, "PUT", If_None_Match="*") == 403
        for method in ("GET", "DELETE"):
            assert asked(address, method, If_None_Match="*") == 403
        assert asked(address, "PUT", If_None_Match="*") == 200
        assert asked(address, "PUT", If_None_Match="*") == 412
    finally:
        lender.state.delete([key])


def test_the_function_fetches_from_nowhere_else(lender: Lender) -> None:
    version = lender.put("mine.md", b"words")
    good = LentDocument(
        "mine.md",
        5,
        lender.store.lend(version, seconds=60),
        lender.state.lend_place("staged/x/parsed/none", seconds=60),
    )
    assert "packed" in lender.call(good)
    for place in (
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        f"{lender.driver.stack.index.url}/_search",
        "file:///proc/self/environ",
    ):
        said = lender.call(replace(good, source=place))
        assert said == {"status": 0, "code": "OtherPlace"}, place


def test_chunk_calls_parse_and_no_other_function(lender: Lender) -> None:
    for function in ("ApiFunction", "EmbedFunction", "ReconcileFunction", "ChunkFunction"):
        with pytest.raises(ClientError) as caught:
            lender.function.invoke(FunctionName=name_of(lender.driver, function), Payload=b"{}")
        assert caught.value.response["Error"]["Code"] in DENIED
