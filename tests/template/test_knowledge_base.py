"""Buckets, queues, tables and the index are as safe and as durable as the design says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.aws_tables import EXPIRY_ATTRIBUTE, TABLES
from tests.template.cloudformation import Template
from tests.template.conftest import TEAMS
from wellread.domain.chat.events import CHAT_RETRIES
from wellread.domain.chat.files import HELD_SECONDS
from wellread.domain.chat.replies import KEPT_SECONDS, LEASE_SECONDS
from wellread.domain.ingest.records import INGEST_RETRIES
from wellread.domain.knowledge.metrics import Metric
from wellread.observability import NAMESPACE

BUCKET, QUEUE, TABLE = "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::DynamoDB::Table"
FUNCTION = "AWS::Serverless::Function"
SERVERLESS = "AWS::OpenSearchServerless::"
RETRIES = {
    "DocumentQueue": INGEST_RETRIES,
    "ChunkQueue": INGEST_RETRIES,
    "QuestionQueue": CHAT_RETRIES,
    "ReceiptQueue": CHAT_RETRIES,
}


def test_the_documents_bucket_keeps_versions_and_tells_event_bridge(template: Template) -> None:
    bucket = template.properties("DocumentsBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    events = bucket["NotificationConfiguration"]["EventBridgeConfiguration"]
    assert events == {"EventBridgeEnabled": True}
    ends = [rule.get("NoncurrentVersionExpiration") for rule in rules(bucket)]
    assert {"NoncurrentDays": "30"} in ends


def test_current_documents_never_expire(template: Template) -> None:
    for rule in rules(template.properties("DocumentsBucket")):
        assert not {"ExpirationInDays", "ExpirationDate"} & set(rule)


def test_of_the_state_bucket_only_batches_reports_and_held_files_expire(template: Template) -> None:
    ends = rules(template.properties("StateBucket"))
    expiring = {r["Prefix"]: r["ExpirationInDays"] for r in ends if "ExpirationInDays" in r}
    assert expiring == {"staged/": 14, "held/": 15, "reconcile/": 90}


def test_a_file_is_held_for_as_long_as_it_can_be_approved(template: Template) -> None:
    ends = rules(template.properties("StateBucket"))
    (held,) = [rule for rule in ends if rule.get("Prefix") == "held/"]
    assert held["ExpirationInDays"] * 86_400 == HELD_SECONDS
    assert HELD_SECONDS > KEPT_SECONDS


def test_what_is_deleted_from_the_state_bucket_is_gone_a_day_later_but_for_the_settings(
    template: Template,
) -> None:
    bucket = template.properties("StateBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    gone = {
        rule["Prefix"]: rule["NoncurrentVersionExpiration"]
        for rule in rules(bucket)
        if "NoncurrentVersionExpiration" in rule
    }
    kept = {"revisions/", "datasets/", "fine-tune/"}
    assert set(gone) == {"staged/", "held/", "reconcile/"} | kept
    assert all(ends == {"NoncurrentDays": 1} for ends in gone.values())


def test_no_bucket_can_be_public_or_unencrypted(template: Template) -> None:
    for name in template.resources(BUCKET):
        properties = template.properties(name)
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"], name
        assert properties["OwnershipControls"] == {
            "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
        }


def test_deleting_the_stack_keeps_what_cannot_be_made_again(in_chats: Template) -> None:
    kept = {
        name
        for name, resource in in_chats.resources().items()
        if resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain"
    }
    assert kept == {"DocumentsBucket", "StateBucket", "DocumentsTable", "ThreadsTable"}


def test_tables_cost_nothing_while_nobody_asks(in_chats: Template) -> None:
    for name in in_chats.resources(TABLE):
        assert in_chats.properties(name)["BillingMode"] == "PAY_PER_REQUEST"


def test_what_is_kept_in_tables_can_be_brought_back(in_chats: Template) -> None:
    for name, resource in in_chats.resources(TABLE).items():
        recovery = resource["Properties"].get("PointInTimeRecoverySpecification")
        kept = resource["DeletionPolicy"] == "Retain"
        assert (recovery == {"PointInTimeRecoveryEnabled": True}) == kept, name


def test_the_tables_are_those_that_the_adapters_are_tested_with(in_chats: Template) -> None:
    made = {name: keys_of(in_chats.properties(name)) for name in in_chats.resources(TABLE)}
    assert made == {name: keys_of(table) for name, table in TABLES.items()}


def test_what_expires_in_the_tables_is_deleted_by_them(in_chats: Template) -> None:
    expiring = {"AttributeName": EXPIRY_ATTRIBUTE, "Enabled": True}
    assert in_chats.properties("ThreadsTable")["TimeToLiveSpecification"] == expiring
    assert in_chats.properties("VectorsTable")["TimeToLiveSpecification"] == expiring
    assert in_chats.properties("RepliesTable")["TimeToLiveSpecification"] == expiring
    assert "TimeToLiveSpecification" not in in_chats.properties("DocumentsTable")


def test_every_queue_that_a_function_reads_has_dead_letters(in_chats: Template) -> None:
    read = set(queues_read(in_chats)) - {"QuestionDeadLetterQueue"}
    dead = set()
    for queue in read:
        redrive = in_chats.properties(queue)["RedrivePolicy"]
        assert redrive["maxReceiveCount"] == RETRIES[queue].max_deliveries
        dead.add(redrive["deadLetterTargetArn"]["Fn::GetAtt"][0])
    assert len(dead) == len(read) == 4
    assert dead | read == set(in_chats.resources(QUEUE))
    for name in in_chats.resources(QUEUE):
        assert in_chats.properties(name)["SqsManagedSseEnabled"] is True
        assert in_chats.properties(name)["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_message_stays_hidden_longer_than_its_function_may_run(in_chats: Template) -> None:
    for queue, function in queues_read(in_chats).items():
        hidden = in_chats.properties(queue)["VisibilityTimeout"]
        assert hidden > in_chats.properties(function)["Timeout"]


def test_what_a_worker_of_chats_died_over_comes_back_once_another_one_may_take_it_up(
    in_chats: Template,
) -> None:
    for queue in ("QuestionQueue", "QuestionDeadLetterQueue", "ReceiptQueue"):
        assert in_chats.properties(queue)["VisibilityTimeout"] > LEASE_SECONDS


def test_each_message_is_handled_by_itself_and_fails_by_itself(in_chats: Template) -> None:
    for function in set(queues_read(in_chats).values()):
        for event in in_chats.properties(function)["Events"].values():
            size = event["Properties"]["BatchSize"]
            # What becomes of many documents makes one message.
            assert size == 1 or function == "ReceiptsFunction"
            assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_questions_are_handled_in_the_order_of_their_thread_and_once(in_chats: Template) -> None:
    for name in ("QuestionQueue", "QuestionDeadLetterQueue"):
        queue = in_chats.properties(name)
        assert queue["FifoQueue"] is True
        assert queue["ContentBasedDeduplication"] is False
        # Threads do not wait for each other.
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"


def test_what_failed_every_time_is_read_by_those_who_say_so(in_chats: Template) -> None:
    read = queues_read(in_chats)
    assert read["QuestionQueue"] == read["QuestionDeadLetterQueue"] == "AnswerFunction"


@pytest.mark.parametrize(
    ("chosen", "mine", "others"),
    [({"Slack": "on"}, "Slack", "Teams"), (TEAMS, "Teams", "Slack")],
    ids=["slack", "teams"],
)
def test_without_chats_nothing_of_them_is_made_or_costs(
    deployed: Callable[..., Template], chosen: dict[str, str], mine: str, others: str
) -> None:
    off, on = set(deployed(Slack="off", Teams="off").resources()), deployed(**chosen).resources()
    assert set(deployed().resources()) == off
    only_with_chats = set(on) - off
    assert len(only_with_chats) > 25
    assert len([name for name in only_with_chats if name.startswith(mine)]) > 8
    assert [name for name in on if others in name] == []
    kinds = {resource["Type"] for resource in deployed(Slack="off").resources().values()}
    assert not {"AWS::SecretsManager::Secret", "AWS::CloudWatch::Alarm"} & kinds
    words = ("Slack", "Teams", "Answer", "Question", "Repl", "Receipt", "Chat", "Link")
    assert [name for name in off if name.startswith(words)] == []
    for name, output in deployed().raw["Outputs"].items():
        if name.startswith(words):
            own = {"Slack": ("AnswersInSlack", "InstallsInSlack"), "Teams": ("AnswersInTeams",)}
            assert output["Condition"] in own.get(name[:5], ("AnswersInChats",)), name


def test_without_installing_nothing_of_it_is_made(deployed: Callable[..., Template]) -> None:
    on = deployed(Slack="on", SlackInstall="on")
    more = on.resources().keys() - deployed(Slack="on").resources().keys()
    assert more == {
        "SlackInstallRoute",
        "SlackRedirectRoute",
        "SlackInstallPermission",
        "SlackInstallPolicy",
        "SlackWorkspacesPolicy",
    }
    assert deployed(SlackInstall="on").resources() == deployed().resources()


def test_secrets_begin_as_what_nobody_knows(in_chats: Template) -> None:
    made = {n: in_chats.properties(n) for n in in_chats.resources("AWS::SecretsManager::Secret")}
    parts = {}
    for name, secret in made.items():
        assert "SecretString" not in secret
        generated = secret["GenerateSecretString"]
        assert generated["PasswordLength"] >= 64
        parts[name] = {
            generated["GenerateStringKey"],
            *json.loads(generated["SecretStringTemplate"]),
        }
    assert parts == {
        "SlackSecret": {"signing_secret", "bot_token"},
        "TeamsSecret": {"client_secret"},
        "LinkSecret": {"key"},
    }


def test_alarms_watch_what_is_there_and_tell_the_topic_that_is_named(
    deployed: Callable[..., Template],
) -> None:
    topic = "arn:aws:sns:eu-west-1:111122223333:pager"
    alarms = deployed(Slack="on", **TEAMS, AlarmTopic=topic).resources("AWS::CloudWatch::Alarm")
    watched = set()
    for name, alarm in alarms.items():
        properties = alarm["Properties"]
        assert properties["AlarmActions"] == [topic], name
        assert properties["TreatMissingData"] == "notBreaching", name
        assert properties["AlarmDescription"], name
        if properties["Namespace"] == NAMESPACE:
            assert properties["MetricName"] in set(Metric)
            assert properties["Dimensions"] == [{"Name": "service", "Value": "wellread"}]
        watched.add(properties["MetricName"])
    assert watched == {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateAgeOfOldestMessage",
        "Errors",
        "ChatNotTaken",
        "ChatRefused",
    }
    for alarm in deployed(Slack="on", **TEAMS).resources("AWS::CloudWatch::Alarm").values():
        assert "AlarmActions" not in alarm["Properties"]


def test_batches_outlive_every_message_that_names_them(template: Template) -> None:
    (staged,) = [
        r for r in rules(template.properties("StateBucket")) if r.get("Prefix") == "staged/"
    ]
    kept = template.properties("ChunkQueue")["MessageRetentionPeriod"]
    assert staged["ExpirationInDays"] * 24 * 3600 >= kept


def test_events_of_the_documents_bucket_reach_the_document_queue(template: Template) -> None:
    rule = template.properties("DocumentChangesRule")
    assert rule["EventPattern"]["source"] == ["aws.s3"]
    assert rule["EventPattern"]["detail"] == {"bucket": {"name": [{"Ref": "DocumentsBucket"}]}}
    assert {"Object Created", "Object Deleted"} <= set(rule["EventPattern"]["detail-type"])
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["DocumentQueue", "Arn"]}


def test_the_collection_sleeps_when_nobody_asks(template: Template) -> None:
    group = template.properties("PassagesCollectionGroup")
    assert group["Generation"] == "NEXTGEN"
    assert group["CapacityLimits"]["MinIndexingCapacityInOcu"] == 0
    assert group["CapacityLimits"]["MinSearchCapacityInOcu"] == 0
    collection = template.properties("PassagesCollection")
    assert collection["Type"] == "VECTORSEARCH"
    assert collection["CollectionGroupName"] == group["Name"]
    # Made before it: its group, and the policy without which none can be made.
    before = template.resources()["PassagesCollection"]["DependsOn"]
    assert set(before) == {"PassagesCollectionGroup", "PassagesEncryptionPolicy"}


def test_the_collections_policies_name_it_and_nothing_else(
    deployed: Callable[..., Template],
) -> None:
    template = deployed(CollectionName="library")
    for name in ("PassagesEncryptionPolicy", "PassagesNetworkPolicy", "PassagesDataPolicy"):
        properties = template.properties(name)
        policy = json.loads(properties["Policy"])
        named = [r for rule in rules_of(policy) for r in rule["Resource"]]
        assert properties["Name"] == "library"
        assert set(named) <= {"collection/library", "index/library/passages"}
        assert named


def test_with_an_index_of_ones_own_nothing_of_serverless_is_made(
    deployed: Callable[..., Template],
) -> None:
    template = deployed(IndexEndpoint="http://127.0.0.1:9200", IndexSigned="false")
    assert [n for n, r in template.resources().items() if r["Type"].startswith(SERVERLESS)] == []
    assert "CallCollectionPolicy" not in template.resources()


def queues_read(template: Template) -> dict[str, str]:
    """Each queue that invokes a function, with the function."""
    return {
        event["Properties"]["Queue"]["Fn::GetAtt"][0]: name
        for name in template.resources(FUNCTION)
        for event in template.properties(name).get("Events", {}).values()
        if event["Type"] == "SQS"
    }


def rules(bucket: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bucket["LifecycleConfiguration"]["Rules"]
    return found


def rules_of(policy: Any) -> list[dict[str, Any]]:
    entries = policy if isinstance(policy, list) else [policy]
    return [rule for entry in entries for rule in entry["Rules"]]


def keys_of(table: dict[str, Any]) -> dict[str, Any]:
    """What makes two tables the same for an adapter."""
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    return {name: table.get(name) for name in wanted}
