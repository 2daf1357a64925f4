"""Questions in Slack on the deployed stack: a signed event in, a reply at a workspace out."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.integration.driver import Driver, until
from tests.slack.events import SIGNING_SECRET, Slack, SlackRequest
from tests.slack.seen import seen
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace

FACT = "# Boat house\n\nA canoe may be rented for six hours.\n"
QUESTION = "How long may a canoe be rented?"
QUEUES = ("QuestionQueueUrl", "QuestionDeadLetterQueueUrl")
_conversations = iter(f"C0PLACE{n}" for n in range(100))


def put_secret(driver: Driver, signing_secret: str, bot_token: str = BOT_TOKEN) -> None:
    driver.stack.client("secretsmanager").put_secret_value(
        SecretId=driver.stack.outputs["SlackSecretArn"],
        SecretString=json.dumps({"signing_secret": signing_secret, "bot_token": bot_token}),
    )


def send(driver: Driver, request: SlackRequest) -> int:
    """Send it to the deployed front, as Slack does; gives the status."""
    return driver.post("SlackEventsUrl", request.body, request.headers)


def accepted(driver: Driver, slack: Slack) -> None:
    """Wait until what this Slack signs is accepted."""
    until(lambda: send(driver, slack.url_verification()) == 200, 60, "a signature that fits", 1.0)


@pytest.fixture
def slack(driver: Driver, workspace: SlackWorkspace) -> Slack:
    put_secret(driver, SIGNING_SECRET)
    made = Slack(workspace)
    accepted(driver, made)
    return made


@pytest.fixture
def place(workspace: SlackWorkspace) -> Iterator[str]:
    conversation = workspace.add_conversation(next(_conversations), ("U0ANN", "U0BOB"))
    yield conversation
    assert workspace.open_streams() == []


@pytest.fixture
def rules(driver: Driver) -> Iterator[str]:
    driver.put("boats/rules.md", FACT)
    driver.answered(QUESTION, "six hours")
    yield "boats/rules.md"
    driver.delete("boats/rules.md")


def reply_of(workspace: SlackWorkspace, place: str, thread: str, seconds: float = 90) -> str:
    """What can be seen of the one reply in a thread, once it no longer changes."""

    def found() -> str | None:
        replies = workspace.replies(place, thread)
        done = replies and all(reply.streaming != "open" for reply in replies)
        return "\n".join(map(seen, replies)) if done else None

    until(found, seconds, "a reply")
    time.sleep(1.0)
    (reply,) = workspace.replies(place, thread)
    return seen(reply)


def settled(driver: Driver) -> None:
    until(lambda: not any(map(driver.waiting, QUEUES)), 60, "empty queues")


def test_a_question_gets_one_reply_whose_link_opens_in_any_browser(
    driver: Driver, workspace: SlackWorkspace, slack: Slack, place: str, rules: str
) -> None:
    asked = workspace.say("U0ANN", place, f"<@{workspace.bot}> {QUESTION}")
    # The pair of events that one message makes, each as Slack sends it again, too.
    for request in slack.pair(asked):
        for sent in (request, request.again(1), request.again(2, "http_error")):
            assert send(driver, sent) == 200

    reply = reply_of(workspace, place, asked.ts)
    assert "six hours" in reply
    settled(driver)
    assert len(workspace.replies(place, asked.ts)) == 1

    said = json.dumps([m.__dict__ for m in workspace.replies(place, asked.ts)], default=str)
    (link, *_) = re.findall(rf"{re.escape(driver.stack.api_url)}/signed/[\w-]+", said)
    with urllib.request.urlopen(link, timeout=30) as page:
        assert page.status == 200
        assert "A canoe may be rented for six hours." in page.read().decode()
    with pytest.raises(urllib.error.HTTPError) as forged:
        urllib.request.urlopen(f"{link[:-3]}AAA", timeout=30)
    with forged.value:
        assert forged.value.code == 403
        assert "six hours" not in forged.value.read().decode()

    driver.delete(rules)
    driver.declined(QUESTION)
    with pytest.raises(urllib.error.HTTPError) as gone:
        urllib.request.urlopen(link, timeout=30)
    with gone.value:
        assert gone.value.code == 404


def test_what_slack_did_not_sign_is_refused_and_sets_off_nothing(
    driver: Driver, workspace: SlackWorkspace, slack: Slack, place: str
) -> None:
    asked = workspace.say("U0ANN", place, f"<@{workspace.bot}> {QUESTION}")
    calls = len(workspace.calls)
    genuine = slack.mention(asked)
    stranger = Slack(workspace, secret="not the secret")
    old = Slack(workspace, clock=lambda: time.time() - 400)
    unsigned = SlackRequest(genuine.body, {"content-type": "application/json"})
    changed = SlackRequest(genuine.body + b" ", genuine.headers)

    for request in (stranger.mention(asked), old.mention(asked), unsigned, changed):
        assert send(driver, request) == 401
    assert not any(map(driver.waiting, QUEUES))
    time.sleep(2.0)
    assert workspace.replies(place) == []
    assert len(workspace.calls) == calls


def test_what_died_still_gets_a_word_in_its_thread(
    driver: Driver, workspace: SlackWorkspace, slack: Slack, place: str
) -> None:
    asked = workspace.say("U0ANN", place, f"<@{workspace.bot}> {QUESTION}")
    with (
        driver.misled("AnswerFunction", WELLREAD_REPLIES_TABLE="none-such"),
        driver.redelivery_after(1, of=QUEUES),
    ):
        assert send(driver, slack.mention(asked)) == 200
        until(lambda: driver.waiting("QuestionDeadLetterQueueUrl"), 120, "a dead letter")
        assert not driver.waiting("QuestionQueueUrl")
        assert workspace.replies(place, asked.ts) == []

    reply = reply_of(workspace, place, asked.ts)
    assert "could not answer" in reply
    settled(driver)


def test_a_rotated_secret_is_known_without_a_deploy(
    driver: Driver, workspace: SlackWorkspace, slack: Slack
) -> None:
    rotated = Slack(workspace, secret="another signing secret")
    assert send(driver, rotated.url_verification()) == 401

    put_secret(driver, rotated.secret)

    accepted(driver, rotated)
    assert send(driver, slack.url_verification()) == 401
    put_secret(driver, SIGNING_SECRET)
    accepted(driver, slack)


def test_what_is_dropped_is_told_where_people_want_to_know(
    driver: Driver, workspace: SlackWorkspace, slack: Slack, place: str
) -> None:
    driver.settings(chat_rules(places=[{"place": place, "receipts": ["told/"]}]))
    try:
        for n in range(5):
            driver.put(f"told/{n}.md", f"# Page {n}\n\nShelf {n} is {n} metres long.\n")
        driver.put("told/empty.txt", "")
        driver.put("untold.md", "# Page\n\nNobody is told of this.\n")
        driver.ended(["told/empty.txt", "untold.md"])

        def told() -> str | None:
            said = "\n".join(map(seen, workspace.replies(place)))
            return said if "empty.txt" in said and "5" in said else None

        said = until(told, 90, "receipts")
        assert "The file is empty" in said
        assert "untold" not in said
        assert len(workspace.replies(place)) == 1
    finally:
        driver.settings(None)


def test_a_file_that_is_let_in_becomes_a_document_of_who_gave_it(
    driver: Driver, workspace: SlackWorkspace, slack: Slack, place: str
) -> None:
    workspace.groups["S0APPR"] = ["U0BOB"]
    driver.settings(chat_rules(approvers="S0APPR", approvals=place))
    direct = workspace.add_direct("U0ANN")
    try:
        plan = b"# Plan\n\nThe lighthouse opens in May.\n"
        workspace.add_file("F1", "plan.md", plan, "U0ANN")
        given = workspace.say("U0ANN", direct, "", files=["F1"])
        assert send(driver, slack.file_share(given)) == 200
        (asked,) = until(lambda: workspace.replies(place), 60, "a request for approval")
        assert send(driver, slack.click("U0BOB", asked, "Approve")) == 200

        key = f"chat/slack/{workspace.team}/{direct}/plan.md"
        s3 = driver.stack.client("s3")
        listed = {"Bucket": driver.stack.bucket, "Prefix": "chat/"}

        def stored() -> set[str]:
            return {one["Key"] for one in s3.list_objects_v2(**listed).get("Contents", ())}

        until(lambda: stored() == {key, f"{key}.metadata.json"}, 60, "the file in the bucket")
        question = workspace.say("U0ANN", direct, "When does the lighthouse open?")
        until(lambda: "searchable now" in said_in(workspace, direct), 90, "a receipt")
        assert send(driver, slack.message(question)) == 200
        assert "May" in reply_of(workspace, direct, question.ts)
        assert key not in driver.documents()
    finally:
        driver.settings(None)


def test_the_bots_own_page_is_shown(
    driver: Driver, workspace: SlackWorkspace, slack: Slack, rules: str
) -> None:
    workspace.add_direct("U0ANN")
    assert send(driver, slack.home_opened("U0ANN")) == 200

    until(lambda: workspace.called("views.publish"), 60, "a home")
    assert workspace.called("views.publish")[-1]["user_id"] == "U0ANN"


def chat_rules(**of_slack: object) -> dict[str, object]:
    return {"access": {"default": ["everyone"]}, "chat": {"slack": of_slack}}


def said_in(workspace: SlackWorkspace, place: str) -> str:
    return "\n".join(map(seen, workspace.replies(place)))


def test_slacks_front_may_enqueue_and_nothing_else(driver: Driver, slack: Slack) -> None:
    outputs = driver.stack.outputs
    tried = {
        "sqs": [
            ("receive_message", {"QueueUrl": outputs["QuestionQueueUrl"]}),
            ("purge_queue", {"QueueUrl": outputs["QuestionQueueUrl"]}),
            ("send_message", {"QueueUrl": outputs["ReceiptQueueUrl"], "MessageBody": "{}"}),
            ("send_message", {"QueueUrl": outputs["DocumentQueueUrl"], "MessageBody": "{}"}),
        ],
        "secretsmanager": [
            ("list_secrets", {}),
            ("get_secret_value", {"SecretId": link_secret(driver)}),
            ("put_secret_value", {"SecretId": outputs["SlackSecretArn"], "SecretString": "{}"}),
        ],
        "dynamodb": [("scan", {"TableName": outputs["RepliesTableName"]})],
        "s3": [
            ("list_objects_v2", {"Bucket": driver.stack.bucket}),
            ("put_object", {"Bucket": driver.stack.bucket, "Key": "chat/x", "Body": b"x"}),
            ("get_object", {"Bucket": outputs["StateBucketName"], "Key": "settings.json"}),
        ],
        "lambda": [("list_functions", {})],
    }
    for service, calls in tried.items():
        client = driver.client_of_function("SlackFunction", service)
        for call, arguments in calls:
            with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
                getattr(client, call)(**arguments)
        client.close()


def link_secret(driver: Driver) -> str:
    return str(driver.function("ApiFunction")["Environment"]["Variables"]["WELLREAD_LINK_SECRET"])
