"""Every function has its own role, and each role only what its function needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.template.cloudformation import Template
from tests.template.conftest import TEAMS, TUNING
from wellread.domain.ingest.receipts import FAILED, INDEXED
from wellread.domain.knowledge.documents import SIDECAR_SUFFIX

FUNCTION, ROLE = "AWS::Serverless::Function", "AWS::IAM::Role"
BEDROCK = {
    "Generator": "bedrock",
    "GeneratorModel": "eu.some.model-v1:0",
    "Embedder": "bedrock",
    "EmbedderModel": "some.embedder-v2:0",
}
SAGEMAKER = {
    "Generator": "sagemaker",
    "GeneratorModel": "llm",
    "GeneratorComponent": "adapter",
    "Embedder": "sagemaker",
    "EmbedderModel": "embedder",
    "EmbedderComponent": "small",
}
RECEIVES = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes")
QUESTIONS = ("QuestionQueue", "QuestionDeadLetterQueue")
# AWS has no resource for these: a token by which images are read, and figures.
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"}
# Images are of accounts that a parameter names, some of AWS's own.
IMAGES = "arn:aws:ecr:eu-west-1:*:repository/*"
HELD = "${StateBucket.Arn}/held/*"
EVERY_CHOICE = pytest.mark.parametrize(
    "parameters",
    [
        {},
        BEDROCK,
        SAGEMAKER,
        {"IndexEndpoint": "https://x", "IndexCollectionId": "abc123"},
        {"Slack": "on"},
        {"Slack": "on", "SlackInstall": "on"},
        {**BEDROCK, "Slack": "on"},
        TEAMS,
        {**BEDROCK, "Slack": "on", **TEAMS},
        TUNING,
        {**TUNING, **SAGEMAKER, "Slack": "on", "ModelEndpoint": "off", "TunedEndpoint": "mine"},
    ],
    ids=[
        *("defaults", "bedrock", "sagemaker", "own-collection", "slack", "install"),
        *("slack-bedrock", "teams", "chats-bedrock", "tuning", "tuning-elsewhere"),
    ],
)


def test_every_function_has_a_role_of_its_own(everything: Template) -> None:
    roles = [everything.properties(name)["Role"] for name in everything.resources(FUNCTION)]
    assert all(role["Fn::GetAtt"][1] == "Arn" for role in roles)
    assert len({role["Fn::GetAtt"][0] for role in roles}) == len(roles)


@EVERY_CHOICE
def test_no_role_may_do_everything_of_a_service_or_on_everything(
    deployed: Callable[..., Template], parameters: dict[str, str]
) -> None:
    template = deployed(**parameters)
    assert template.refusals() == []
    checked = 0
    for role in template.resources(ROLE):
        for statement in template.statements(role):
            assert statement["Effect"] == "Allow"
            for action in statement["Action"]:
                service, _, operation = action.partition(":")
                assert "*" not in action, f"{role}: {action}"
                assert all((service, operation)), f"{role}: {action}"
            for resource in statement["Resource"]:
                if set(statement["Action"]) <= WITHOUT_RESOURCE:
                    assert resource == "*"
                    continue
                assert not resource.startswith("*"), f"{role}: {resource}"
                assert names_one_thing(resource) or "Condition" in statement, f"{role}: {resource}"
            checked += 1
    assert checked > 20


def test_no_role_takes_a_policy_that_aws_manages(everything: Template) -> None:
    for role in everything.resources(ROLE):
        assert "ManagedPolicyArns" not in everything.properties(role), role


def test_a_function_writes_only_its_own_log(everything: Template) -> None:
    for name in everything.resources(FUNCTION):
        properties = everything.properties(name)
        group = properties["LoggingConfig"]["LogGroup"]["Ref"]
        written = [
            r for a, r in allowed(everything, role_of(everything, name)) if a.startswith("logs:")
        ]
        assert set(written) == {f"${{{group}.Arn}}"}
        assert "RetentionInDays" in everything.properties(group)


def test_parse_may_write_its_log_and_nothing_else(deployed: Callable[..., Template]) -> None:
    for parameters in ({}, BEDROCK, SAGEMAKER, {"GuardrailId": "abc123"}):
        template = deployed(**parameters)
        assert set(allowed(template, "ParseFunctionRole")) == {
            (action, "${ParseLogGroup.Arn}")
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        }
        assert "${ParseFunctionRole.Arn}" not in index_permissions(template)


def test_only_chunk_calls_parse_and_it_calls_nothing_else(in_chats: Template) -> None:
    calls = {
        (role, resource)
        for role in in_chats.resources(ROLE)
        for action, resource in allowed(in_chats, role)
        if action.startswith("lambda:")
    }
    assert calls == {
        ("ChunkFunctionRole", "${ParseFunction.Arn}"),
        ("ReconcileStateMachineRole", "${ReconcileFunction.Arn}"),
    }
    permitted = {
        one["Properties"]["FunctionName"]["Ref"]
        for one in in_chats.resources("AWS::Lambda::Permission").values()
    }
    assert permitted
    assert "ParseFunction" not in permitted


def test_only_chunk_and_embed_write_documents(everything: Template) -> None:
    writers = {
        name
        for name in everything.resources(FUNCTION)
        for action, resource in allowed(everything, role_of(everything, name))
        if resource.startswith("${DocumentsTable.Arn}")
        and action in {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    }
    assert writers == {"ChunkFunction", "EmbedFunction"}


def test_nobody_writes_into_the_documents_bucket_but_who_answers_in_chats_below_its_prefix(
    in_chats: Template,
) -> None:
    given = ("s3:PutObject", "${DocumentsBucket.Arn}/chat/*")
    for role in in_chats.resources(ROLE):
        granted = set(allowed(in_chats, role))
        if role == "AnswerFunctionRole":
            assert given in granted
            granted.remove(given)
        actions = {a for a, r in granted if r.startswith("${DocumentsBucket.")}
        reads = {"s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions"}
        if role == "ChunkFunctionRole":
            reads.add("s3:GetObjectVersion")
        assert actions <= reads, role


def test_the_api_sees_what_the_documents_bucket_has_and_reads_only_sidecars_of_it(
    in_chats: Template,
) -> None:
    of_bucket = {
        (a, r) for a, r in allowed(in_chats, "ApiFunctionRole") if r.startswith("${DocumentsB")
    }
    assert of_bucket == {
        ("s3:GetObject", f"${{DocumentsBucket.Arn}}/*{SIDECAR_SUFFIX}"),
        ("s3:ListBucket", "${DocumentsBucket.Arn}"),
        ("s3:ListBucketVersions", "${DocumentsBucket.Arn}"),
    }


def test_the_api_finds_documents_only_in_the_index_of_what_somebody_may_read(
    in_chats: Template,
) -> None:
    found = {r for a, r in allowed(in_chats, "ApiFunctionRole") if r.startswith("${DocumentsT")}
    assert found == {"${DocumentsTable.Arn}", "${DocumentsTable.Arn}/index/readers"}
    assert not [a for a, _ in allowed(in_chats, "ApiFunctionRole") if a == "dynamodb:Scan"]


def test_threads_and_verdicts_are_kept_by_who_answers_and_erased_by_chunk(
    in_chats: Template,
) -> None:
    keeps = {"GetItem", "PutItem", "BatchWriteItem", "UpdateItem", "DeleteItem", "Query"}
    granted: dict[str, set[str]] = {}
    for role in in_chats.resources(ROLE):
        for action, resource in allowed(in_chats, role):
            if resource == "${ThreadsTable.Arn}":
                granted.setdefault(role, set()).add(action.removeprefix("dynamodb:"))
    assert granted == {
        "ApiFunctionRole": keeps,
        "AnswerFunctionRole": keeps,
        "ChunkFunctionRole": {"GetItem", "UpdateItem", "DeleteItem", "Query"},
    }


def test_the_api_starts_no_work(everything: Template) -> None:
    actions = {a for a, _ in allowed(everything, "ApiFunctionRole")}
    assert not any(a.startswith(("sqs:", "events:", "states:", "lambda:")) for a in actions)


def test_nobody_writes_the_settings_document(in_chats: Template) -> None:
    for role in in_chats.resources(ROLE):
        for action, resource in allowed(in_chats, role):
            if resource == "${StateBucket.Arn}/settings.json":
                assert action == "s3:GetObject", role
            elif resource.startswith("${StateBucket.Arn}/"):
                parts = {"revisions", "staged", "reconcile", "held", "datasets"}
                assert resource.split("/")[1] in parts, role


def test_who_answers_reads_of_datasets_what_they_are_made_of_and_no_row(
    in_chats: Template,
) -> None:
    for role in ("ApiFunctionRole", "AnswerFunctionRole"):
        of_datasets = {(a, r) for a, r in allowed(in_chats, role) if "/datasets/" in r}
        assert of_datasets == {("s3:GetObject", "${StateBucket.Arn}/datasets/*/manifest.json")}


def test_reports_of_gaps_are_read_and_told_where_they_are_wanted_alone(
    deployed: Callable[..., Template],
) -> None:
    wanted = {
        ("dynamodb:Query", "${ThreadsTable.Arn}"),
        ("events:PutEvents", "arn:aws:events:eu-west-1:111122223333:event-bus/default"),
    }
    reporting = deployed(GapSchedule="rate(7 days)", GapAudience="hr")
    more = set(allowed(reporting, "ReconcileFunctionRole"))
    assert more - set(allowed(deployed(), "ReconcileFunctionRole")) == wanted
    (target,) = reporting.properties("GapRule")["Targets"]
    assert json.loads(target["Input"]) == {"gaps": {"audience": "hr"}}
    assert "GapRule" not in deployed().resources()


def test_in_the_index_the_api_and_reconcile_only_read(in_chats: Template) -> None:
    reads = {"aoss:DescribeIndex", "aoss:ReadDocument"}
    writes = reads | {"aoss:WriteDocument"}
    assert index_permissions(in_chats) == {
        "${ApiFunctionRole.Arn}": reads,
        "${AnswerFunctionRole.Arn}": reads,
        "${ReconcileFunctionRole.Arn}": reads,
        "${ChunkFunctionRole.Arn}": writes,
        "${EmbedFunctionRole.Arn}": writes | {"aoss:CreateIndex", "aoss:UpdateIndex"},
    }


def test_receipts_are_published_as_wellreads_on_the_named_bus_only(
    deployed: Callable[..., Template],
) -> None:
    template = deployed(EventBusName="receipts")
    for role in ("ChunkFunctionRole", "EmbedFunctionRole"):
        (statement,) = [s for s in template.statements(role) if "events:PutEvents" in s["Action"]]
        assert statement["Resource"] == ["arn:aws:events:eu-west-1:111122223333:event-bus/receipts"]
        assert statement["Condition"] == {"StringEquals": {"events:source": "wellread"}}


def test_models_are_called_by_name_and_by_those_who_use_them(
    deployed: Callable[..., Template],
) -> None:
    quoting = deployed()
    for name in quoting.resources(ROLE):
        assert not [a for a, _ in allowed(quoting, name) if a.startswith(("sage", "bedrock"))]
    sagemaker = deployed(**SAGEMAKER)
    place = "arn:aws:sagemaker:eu-west-1:111122223333"
    embedder = {f"{place}:endpoint/embedder", f"{place}:inference-component/small"}
    assert model_calls(sagemaker, "ApiFunctionRole") == {
        f"{place}:endpoint/llm",
        f"{place}:inference-component/adapter",
        *embedder,
    }
    assert model_calls(sagemaker, "EmbedFunctionRole") == embedder
    for role in ("ChunkFunctionRole", "ReconcileFunctionRole"):
        assert model_calls(sagemaker, role) == set()


def test_who_answers_in_chats_may_what_the_api_may_of_all_that_is_known(
    deployed: Callable[..., Template],
) -> None:
    for choice in ({}, BEDROCK, SAGEMAKER, {"GuardrailId": "abc123"}):
        template = deployed(**choice, Slack="on", **TEAMS)
        api, answer = (set(allowed(template, f"{n}FunctionRole")) for n in ("Api", "Answer"))
        more = {
            *written_log("Answer"),
            *((f"sqs:{a}", f"${{{q}.Arn}}") for a in RECEIVES for q in QUESTIONS),
            ("dynamodb:GetItem", "${RepliesTable.Arn}"),
            ("dynamodb:PutItem", "${RepliesTable.Arn}"),
            ("secretsmanager:GetSecretValue", "${SlackSecret.Id}"),
            ("secretsmanager:GetSecretValue", "${TeamsSecret.Id}"),
            ("s3:PutObject", "${DocumentsBucket.Arn}/chat/*"),
            *((f"s3:{a}Object", HELD) for a in ("Get", "Put", "Delete")),
        }
        assert answer == (api - set(written_log("Api"))) | more


def test_files_that_wait_for_approval_are_touched_by_who_answers_in_teams_alone(
    deployed: Callable[..., Template], in_chats: Template
) -> None:
    def touch(template: Template) -> set[str]:
        granted = {
            (role, r) for role in template.resources(ROLE) for _, r in allowed(template, role)
        }
        return {role for role, resource in granted if resource.startswith(HELD.rstrip("*"))}

    assert touch(in_chats) == {"AnswerFunctionRole"}
    assert touch(deployed(Slack="on")) == touch(deployed()) == set()


def test_slacks_front_may_read_its_secret_and_enqueue(in_chats: Template) -> None:
    assert set(allowed(in_chats, "SlackFunctionRole")) == {
        *written_log("Slack"),
        ("secretsmanager:GetSecretValue", "${SlackSecret.Id}"),
        ("sqs:SendMessage", "${QuestionQueue.Arn}"),
    }


def test_teams_front_may_enqueue_and_note_down_where_conversations_are(
    in_chats: Template,
) -> None:
    assert set(allowed(in_chats, "TeamsFunctionRole")) == {
        *written_log("Teams"),
        ("sqs:SendMessage", "${QuestionQueue.Arn}"),
        ("dynamodb:GetItem", "${RepliesTable.Arn}"),
        ("dynamodb:PutItem", "${RepliesTable.Arn}"),
    }


def test_receipts_are_told_by_who_sees_no_text_and_no_thread(in_chats: Template) -> None:
    granted = set(allowed(in_chats, "ReceiptsFunctionRole"))
    assert {r for a, r in granted if a == "s3:GetObject"} == {
        "${StateBucket.Arn}/settings.json",
        f"${{DocumentsBucket.Arn}}/*{SIDECAR_SUFFIX}",
    }
    assert not [r for _, r in granted if "Threads" in r or "Question" in r or "Link" in r]
    assert {a for a, r in granted if "ReceiptQueue" in r} == {f"sqs:{a}" for a in RECEIVES}
    assert not [a for a, _ in granted if a.startswith(("aoss", "bedrock", "sagemaker"))]


def test_each_secret_is_read_by_those_who_need_it(in_chats: Template) -> None:
    readers: dict[str, set[str]] = {}
    for role in in_chats.resources(ROLE):
        for action, resource in allowed(in_chats, role):
            if action.startswith("secretsmanager:"):
                assert action == "secretsmanager:GetSecretValue"
                readers.setdefault(resource, set()).add(role.removesuffix("FunctionRole"))
    assert readers == {
        "${SlackSecret.Id}": {"Slack", "Answer", "Receipts"},
        "${TeamsSecret.Id}": {"Answer", "Receipts"},
        "${LinkSecret.Id}": {"Api", "Answer"},
    }


def test_where_the_app_is_installed_is_kept_by_the_front_and_read_by_who_answers(
    in_chats: Template, installing: Template
) -> None:
    kept = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:wellread/slack/*"
    more = {
        role.removesuffix("FunctionRole"): set(allowed(installing, role))
        - set(allowed(in_chats, role))
        for role in installing.resources(ROLE)
    }
    reads = {("secretsmanager:GetSecretValue", kept)}
    assert {name: granted for name, granted in more.items() if granted} == {
        "Slack": {
            *reads,
            *((f"secretsmanager:{a}Secret", kept) for a in ("Create", "Delete")),
            ("secretsmanager:PutSecretValue", kept),
            ("dynamodb:PutItem", "${RepliesTable.Arn}"),
        },
        "Answer": reads,
        "Receipts": reads,
    }


def test_the_pages_that_install_the_app_are_open_where_that_is_on(
    in_chats: Template, installing: Template
) -> None:
    routes, more = (
        {one["Properties"]["RouteKey"]: one["Properties"] for one in made.values()}
        for made in (t.resources("AWS::ApiGatewayV2::Route") for t in (in_chats, installing))
    )
    assert more.keys() - routes.keys() == {"GET /slack/install", "GET /slack/oauth_redirect"}
    for name in more.keys() - routes.keys():
        assert more[name]["AuthorizationType"] == "NONE"
        assert more[name]["Target"] == "integrations/${SlackIntegration}"
    permission = installing.properties("SlackInstallPermission")
    assert permission["SourceArn"].endswith(":${HttpApi}/*/GET/slack/*")
    assert permission["FunctionName"] == {"Ref": "SlackFunction"}


@pytest.mark.parametrize("auth", ["iam", "jwt", "open"])
def test_without_a_sign_in_only_the_paths_of_chats_and_signed_links_are_reached(
    deployed: Callable[..., Template], auth: str
) -> None:
    tokens = {"JwtIssuer": "https://login.example.com", "JwtAudience": "wellread"}
    template = deployed(Slack="on", **TEAMS, ApiAuth=auth, **tokens)
    routes = {
        one["Properties"]["RouteKey"]: (
            one["Properties"]["AuthorizationType"],
            one["Properties"]["Target"],
        )
        for one in template.resources("AWS::ApiGatewayV2::Route").values()
    }
    api = "integrations/${HttpApiIntegration}"
    assert routes == {
        "$default": ({"iam": "AWS_IAM", "jwt": "JWT", "open": "NONE"}[auth], api),
        "POST /slack/events": ("NONE", "integrations/${SlackIntegration}"),
        "POST /api/messages": ("NONE", "integrations/${TeamsIntegration}"),
        "GET /signed/{token}": ("NONE", api),
    }
    for name, path in (("Slack", "slack/events"), ("Teams", "api/messages")):
        permission = template.properties(f"{name}Permission")
        assert permission["SourceArn"].endswith(f":${{HttpApi}}/*/POST/{path}")
        assert permission["FunctionName"] == {"Ref": f"{name}Function"}


def test_only_a_guardrail_that_is_named_may_be_applied(deployed: Callable[..., Template]) -> None:
    template = deployed(GuardrailId="abc123")
    guardrail = "arn:aws:bedrock:eu-west-1:111122223333:guardrail/abc123"
    applied = {
        (role, resource)
        for role in template.resources(ROLE)
        for action, resource in allowed(template, role)
        if action == "bedrock:ApplyGuardrail"
    }
    assert applied == {("ApiFunctionRole", guardrail)}


def test_any_region_of_a_bedrock_model_is_called_through_the_named_profile_only(
    deployed: Callable[..., Template],
) -> None:
    template = deployed(**BEDROCK)
    place = "arn:aws:bedrock:eu-west-1"
    of_profiles = set()
    for statement in template.statements("ApiFunctionRole"):
        if statement["Action"][0].startswith("bedrock:"):
            if "Condition" in statement:
                assert statement["Resource"] == ["arn:aws:bedrock:*::foundation-model/*"]
                ((key, profile),) = statement["Condition"]["StringEquals"].items()
                assert key == "bedrock:InferenceProfileArn"
                of_profiles.add(profile)
            else:
                assert all(r.startswith(place) for r in statement["Resource"])
    profiles = f"{place}:111122223333:inference-profile"
    assert of_profiles == {f"{profiles}/eu.some.model-v1:0", f"{profiles}/some.embedder-v2:0"}
    assert f"{place}::foundation-model/eu.some.model-v1:0" not in model_calls(
        template, "EmbedFunctionRole"
    )


def test_only_event_bridge_by_the_rule_of_the_bucket_may_write_into_the_document_queue(
    template: Template,
) -> None:
    (policy,) = template.resources("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert policy["Properties"]["Queues"] == [{"Ref": "DocumentQueue"}]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["DocumentChangesRule", "Arn"]}}
    }


def test_only_receipts_of_the_named_bus_reach_their_queue(
    deployed: Callable[..., Template],
) -> None:
    template = deployed(Slack="on", EventBusName="receipts")
    rule, policy = template.properties("ReceiptsRule"), template.properties("ReceiptQueuePolicy")
    assert rule["EventBusName"] == "receipts"
    assert rule["EventPattern"] == {"source": ["wellread"], "detail-type": [INDEXED, FAILED]}
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "ReceiptQueue"}]
    assert statement["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["ReceiptsRule", "Arn"]}}
    }


def written_log(function: str) -> list[tuple[str, str]]:
    group = f"${{{function}LogGroup.Arn}}"
    return [("logs:CreateLogStream", group), ("logs:PutLogEvents", group)]


def names_one_thing(resource: str) -> bool:
    """Whether a star, if there is one, stands only for what is inside one bucket or machine."""
    if resource == IMAGES:
        return True
    before, star, _ = resource.partition("*")
    # What a stack makes itself has names that begin with one of its own.
    return not star or before.endswith(("/", "wellread-", "wellread-fine-tune:"))


def allowed(template: Template, role: str) -> Iterator[tuple[str, str]]:
    for statement in template.statements(role):
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                yield action, resource


def model_calls(template: Template, role: str) -> set[str]:
    return {
        resource
        for action, resource in allowed(template, role)
        if action.startswith(("sagemaker:", "bedrock:"))
    }


def role_of(template: Template, function: str) -> str:
    name: str = template.properties(function)["Role"]["Fn::GetAtt"][0]
    return name


def index_permissions(template: Template) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    entries: list[dict[str, Any]] = [
        entry
        for policy in template.resources("AWS::OpenSearchServerless::AccessPolicy")
        for entry in json.loads(template.properties(policy)["Policy"])
    ]
    for entry in entries:
        for principal in entry["Principal"]:
            for rule in entry["Rules"]:
                assert rule["ResourceType"] == "index"
                assert rule["Resource"] == ["index/wellread/passages"]
                found.setdefault(principal, set()).update(rule["Permission"])
    return found
