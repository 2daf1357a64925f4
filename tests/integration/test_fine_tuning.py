"""The fine-tuning state machine on the deployed stack: every run ends in its state with its reason.

What trains and serves is SageMaker's stand-in; what is told to it is checked by the service's own
description. Questions are answered by the built function, through retrieval, checks and citations.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from stack_local.sagemaker import Outcome, SageMakerStandIn
from tests.integration import works
from tests.integration.driver import Driver, until
from wellread.adapters.aws.dynamodb_models import DynamoModelRegistry
from wellread.adapters.aws.step_functions import MachineRuns
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.services.tune.tuned_models import TunedModels

FIRST = "planted-first"
"""The run whose questions are asked; what the others would be answered is the same."""

BASE = "wellread-base"
Heard = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def driver(stack: Any) -> Iterator[Driver]:
    """The stack with the works' documents, and a base model that knows nothing."""
    driver = Driver(stack)
    works.fill(driver)
    sagemaker = stack.sagemaker
    sagemaker.hosting.serve(BASE, "wellread-models")
    sagemaker.answers.by_component[BASE] = works.clueless
    sagemaker.answers.otherwise = works.knowing
    with driver.misled("FineTuneFunction", WELLREAD_GENERATOR=f"sagemaker:wellread-models/{BASE}"):
        yield driver
    for each in driver.documents():
        if each.startswith(works.PREFIX):
            driver.delete(each)


@pytest.fixture(scope="module")
def first(driver: Driver) -> dict[str, Any]:
    """How the first run ended, which is promoted; it is rolled back for those after it."""
    works.plant_dataset(driver, FIRST)
    ended = run(driver, FIRST)
    asked = driver.call(
        "POST", "/v1/ask", {"question": works.questions()[0].question, "mode": "tuned_rag"}
    )
    models(driver).rollback("For the next test.")
    return {**ended, "asked": asked}


@pytest.fixture
def sagemaker(driver: Driver) -> SageMakerStandIn:
    return driver.stack.sagemaker


@pytest.fixture
def planted(driver: Driver, first: dict[str, Any], request: pytest.FixtureRequest) -> str:
    """A run of the test's own that has a dataset, and answers to all questions."""
    assert first["status"] == "SUCCEEDED", first.get("cause")
    words = re.sub(r"[^a-z]+", "-", request.node.name)
    name = words.removeprefix("test-")[:32].strip("-")
    works.plant_dataset(driver, name)
    assert works.copy_outcomes(driver, FIRST, name) == len(works.questions())
    return name


def test_a_better_model_is_promoted_and_answers(
    driver: Driver, sagemaker: SageMakerStandIn, first: dict[str, Any]
) -> None:
    assert first["status"] == "SUCCEEDED", first.get("cause")
    end = json.loads(first["output"])
    assert end["verdict"] == "promoted"
    assert "beats" in end["reason"]
    report = json.loads(works.read(driver, f"fine-tune/{FIRST}/report.json"))
    assert report["verdict"] == "promoted"
    assert report["arms"].keys() == {"extractive", "base", "rag", "tuned", "tuned_rag"}
    assert report["arms"]["tuned_rag"]["questions"] == len(works.questions())
    assert report["arms"]["tuned_rag"]["combined"] == 1.0
    assert report["pairs"][0]["low"] > 0
    assert "promoted" in works.read(driver, f"fine-tune/{FIRST}/report.md")
    # What it cost is told by what was billed: 180 seconds at 1.52 dollars an hour.
    assert "0.08 dollars" in end["cost"]
    target = sagemaker.hosting.targets[f"wellread-{FIRST}"]
    assert target["MinCapacity"] == 0
    (package,) = sagemaker.hosting.packages.values()
    assert package["ModelApprovalStatus"] == "Approved"
    asked = first["asked"]
    assert asked.status == 200, asked
    assert works.facts(0)[0] in asked.body["answer"]
    assert asked.body["answered_by"] == FIRST


def test_a_run_that_has_ended_is_told_of_and_not_done_again(
    driver: Driver, sagemaker: SageMakerStandIn, first: dict[str, Any]
) -> None:
    assert not starter(driver).start(RunName(FIRST), by="person")
    before = len(sagemaker.trainings.jobs)
    ended = run(driver, FIRST, execution="again")
    assert json.loads(ended["output"])["reason"] == "For the next test."
    assert len(sagemaker.trainings.jobs) == before


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (
            Outcome.failed("AlgorithmError: The recipe small-1.7b has no rank. Say one."),
            "The recipe small-1.7b has no rank.",
        ),
        (
            Outcome.refused(
                "ResourceLimitExceeded",
                "The account-level service limit 'ml.g5.2xlarge for spot training job usage' is 0.",
            ),
            "Service Quotas",
        ),
    ],
    ids=["code", "quota"],
)
def test_a_training_that_fails_ends_the_run_with_its_reason(
    driver: Driver,
    sagemaker: SageMakerStandIn,
    outcome: Outcome,
    says: str,
    request: pytest.FixtureRequest,
) -> None:
    name = f"fails-{request.node.callspec.id}"
    works.plant_dataset(driver, name)
    sagemaker.trainings.then(outcome)
    with driver.receipts() as heard:
        ended = run(driver, name)
        assert ended["status"] == "FAILED"
        assert ended["error"] == "RunBroke"
        assert says in ended["cause"]
        told = news(heard, name)
    assert (told["verdict"], told["reason"]) == ("not promoted", ended["cause"])
    assert name not in [model.run for model in models(driver).list()]


def test_an_interrupted_training_goes_on_from_its_checkpoints(
    driver: Driver, sagemaker: SageMakerStandIn, planted: str
) -> None:
    sagemaker.trainings.then(Outcome.interrupted(), Outcome())
    ended = run(driver, planted)
    assert json.loads(ended["output"])["verdict"] == "promoted"
    jobs = [sagemaker.trainings.jobs[f"wellread-{planted}-{number}"] for number in (1, 2)]
    assert len({job["CheckpointConfig"]["S3Uri"] for job in jobs}) == 1
    # Both are paid for: 90 and 180 seconds.
    assert json.loads(works.read(driver, f"fine-tune/{planted}/note-trained.json")) | {
        "jobs": 2,
        "billable_seconds": 270,
    } == json.loads(works.read(driver, f"fine-tune/{planted}/note-trained.json"))
    models(driver).rollback("For the next test.")


def test_a_model_that_a_person_refuses_is_not_promoted(
    driver: Driver, sagemaker: SageMakerStandIn, planted: str
) -> None:
    with (
        driver.misled("FineTuneFunction", WELLREAD_FINE_TUNE_APPROVAL_DAYS="7"),
        driver.receipts() as heard,
    ):
        starter(driver).start(RunName(planted), by="person")
        link = until(lambda: news(heard, planted, "Awaits").get("link"), 60, "a link")
        # Looking, as programs do that show previews, decides nothing.
        status, page = visit(link)
        assert status == 200
        assert planted in page
        assert models(driver).get(RunName(planted)).status is ModelStatus.AWAITING_APPROVAL
        status, _ = visit(link, {"decision": "refuse", "reason": "Not before the audit."})
        assert status == 200
        ended = followed(driver, planted)
        told = news(heard, planted, "Ended")
    reason = "A person refused it: Not before the audit."
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["reason"] == reason
    assert (told["verdict"], told["reason"]) == ("not promoted", reason)
    assert models(driver).get(RunName(planted)).status is ModelStatus.NOT_PROMOTED
    assert f"wellread-{planted}" not in sagemaker.hosting.components
    assert visit(link, {"decision": "approve"})[0] == 409
    assert visit(link[:-4], {"decision": "approve"})[0] == 403


def test_a_promotion_is_rolled_back_by_its_alarm(driver: Driver, planted: str) -> None:
    starter(driver).start(RunName(planted), by="person")
    cloudwatch, alarm = driver.stack.client("cloudwatch"), f"wellread-{planted}-errors"
    until(
        lambda: (
            cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
            and models(driver).get(RunName(planted)).status is ModelStatus.PROMOTED
        ),
        60,
        "a promoted model",
    )
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="for a test")
    ended = followed(driver, planted)
    end = json.loads(ended["output"])
    assert end["verdict"] == "rolled back"
    assert "answers failed" in end["reason"]
    model = models(driver).get(RunName(planted))
    assert (model.status, model.reason) == (ModelStatus.ROLLED_BACK, end["reason"])
    assert models(driver).promoted() is None


def run(driver: Driver, name: str, *, execution: str = "") -> dict[str, Any]:
    """Start a run and wait until it has ended; its execution."""
    if execution:
        client = driver.stack.client("stepfunctions")
        machine = driver.stack.outputs["FineTuneStateMachineArn"]
        body = json.dumps({"run": name, "by": "person"})
        client.start_execution(stateMachineArn=machine, name=execution, input=body)
        return followed(driver, execution)
    assert starter(driver).start(RunName(name), by="person")
    return followed(driver, name)


def followed(driver: Driver, name: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found = starter(driver).execution(RunName(name))
        return dict(found) if found and found["status"] != "RUNNING" else None

    return until(ended, 180, f"the end of the run {name}")


def starter(driver: Driver) -> MachineRuns:
    machine = driver.stack.outputs["FineTuneStateMachineArn"]
    return MachineRuns(driver.stack.client("stepfunctions"), machine)


def models(driver: Driver) -> TunedModels:
    table = driver.stack.outputs["ThreadsTableName"]
    return TunedModels(DynamoModelRegistry(driver.stack.client("dynamodb"), table), lambda: 0.0)


def news(heard: Heard, name: str, kind: str = "Ended") -> dict[str, Any]:
    """What was told of a run on the event bus; nothing where it was not yet."""
    told = [e for e in heard() if kind in e["detail-type"] and e["detail"].get("run") == name]
    return dict(told[-1]["detail"]) if told else {}


def visit(link: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    data = None if form is None else urlencode(form).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(link, data), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
