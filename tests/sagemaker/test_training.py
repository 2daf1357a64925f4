from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stack_local.sagemaker import Outcome, SageMakerStandIn
from wellread.adapters.aws.sagemaker_training import SageMakerTraining, TrainingPlan
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.models import RunName
from wellread.ports.hosting import JobStatus, TrainingOrder

PLAN = TrainingPlan(
    image="763104351884.dkr.ecr.us-east-1.amazonaws.com/training:1",
    instance="ml.g5.2xlarge",
    role="arn:aws:iam::000000000000:role/training",
    code="s3://state/fine-tune/code/",
    base="s3://models/small/",
    recipe="lora-7b",
    seconds=7200,
    spot=True,
    volume_gb=100,
    stack="wellread",
)
ORDER = TrainingOrder(
    run=RunName("may"),
    base="small",
    job="wellread-may-1",
    dataset="s3://state/datasets/d1/",
    output="s3://state/fine-tune/may/models/",
    checkpoints="s3://state/fine-tune/may/checkpoints/",
    seed=0,
)


@pytest.fixture
def training(sagemaker: Any) -> SageMakerTraining:
    return SageMakerTraining(sagemaker, PLAN)


@pytest.mark.parametrize("spot", [True, False])
def test_the_service_takes_what_starts_a_job(
    sagemaker: Any, standin: SageMakerStandIn, *, spot: bool
) -> None:
    training = SageMakerTraining(sagemaker, replace(PLAN, spot=spot))
    sagemaker.create_training_job(**training.request(ORDER))
    job = standin.trainings.jobs[ORDER.job]
    assert job["EnableManagedSpotTraining"] is spot
    # Another job of the run finds there what this one left.
    assert job["CheckpointConfig"]["S3Uri"] == ORDER.checkpoints


def test_a_job_runs_the_code_of_a_channel_of_its_own(training: SageMakerTraining) -> None:
    request = training.request(ORDER)
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
        for channel in request["InputDataConfig"]
    }
    assert channels == {"train": ORDER.dataset, "model": PLAN.base, "code": PLAN.code}
    shell, script = request["AlgorithmSpecification"]["ContainerEntrypoint"]
    assert shell == "/bin/bash"
    assert script.startswith("/opt/ml/input/data/code/training/")
    assert request["HyperParameters"]["recipe"] == PLAN.recipe


@pytest.mark.parametrize(
    ("blank", "names"),
    [("image", "TrainingImage"), ("base", "TrainingBase"), ("code", "TrainingCode")],
)
def test_what_is_not_set_is_named_as_the_stack_names_it(
    sagemaker: Any, blank: str, names: str
) -> None:
    training = SageMakerTraining(sagemaker, replace(PLAN, **{blank: ""}))
    with pytest.raises(InvalidConfigurationError, match=names):
        training.request(ORDER)


def test_a_job_that_was_never_asked_for_is_none(training: SageMakerTraining) -> None:
    assert training.job("wellread-june-1") is None


def test_a_job_runs_and_then_has_a_model_and_a_bill(
    training: SageMakerTraining, sagemaker: Any
) -> None:
    sagemaker.create_training_job(**training.request(ORDER))
    running = training.job(ORDER.job)
    assert running is not None
    assert running.status is JobStatus.RUNNING
    done = training.job(ORDER.job)
    assert done is not None
    assert done.status is JobStatus.COMPLETED
    assert done.model == f"{ORDER.output}{ORDER.job}/output/model"
    assert (done.seconds, done.billable_seconds) == (600, 180)


@pytest.mark.parametrize(
    ("outcome", "status", "says"),
    [
        (Outcome.interrupted(), JobStatus.INTERRUPTED, "no ml.g5.2xlarge to spare"),
        (
            Outcome.failed("CapacityError: Unable to provision requested ML compute capacity."),
            JobStatus.INTERRUPTED,
            "TrainingInstance",
        ),
        (
            Outcome.failed("AlgorithmError: The recipe lora-7b has no rank.\nSay one."),
            JobStatus.FAILED,
            "The recipe lora-7b has no rank. Say one.",
        ),
        (
            Outcome.failed("ClientError: CannotPullContainerError: no such image"),
            JobStatus.FAILED,
            "image cannot be had",
        ),
        (
            Outcome.failed("AlgorithmError: CUDA out of memory. Tried to allocate 2 GiB"),
            JobStatus.FAILED,
            "not enough memory",
        ),
        (
            Outcome.failed("ClientError: Data download failed: no S3 objects: No S3 objects found"),
            JobStatus.FAILED,
            "TrainingBase",
        ),
        (Outcome("Stopped", "MaxRuntimeExceeded"), JobStatus.FAILED, "Raise TrainingHours"),
        (Outcome("Stopped", "Stopped"), JobStatus.FAILED, "Somebody stopped"),
    ],
    ids=[
        *("spot", "capacity", "code", "image", "memory", "no-data", "too-long", "stopped"),
    ],
)
def test_how_a_job_ended_is_said_with_what_to_do(
    training: SageMakerTraining,
    sagemaker: Any,
    standin: SageMakerStandIn,
    outcome: Outcome,
    status: JobStatus,
    says: str,
) -> None:
    standin.trainings.then(replace(outcome, looks=0))
    sagemaker.create_training_job(**training.request(ORDER))
    job = training.job(ORDER.job)
    assert job is not None
    assert job.status is status
    assert says in job.reason
    assert "\n" not in job.reason


@pytest.mark.parametrize(
    ("error", "cause", "status", "says"),
    [
        (
            "SageMaker.ResourceLimitExceededException",
            "The account-level service limit 'ml.g5.2xlarge for spot training job usage' is 0 "
            "Instances.",
            JobStatus.FAILED,
            "Service Quotas",
        ),
        (
            "SageMaker.AmazonSageMakerException",
            "User: x is not authorized to perform: iam:PassRole on resource: y",
            JobStatus.FAILED,
            "may not do what it must",
        ),
        (
            "SageMaker.AmazonSageMakerException",
            "InsufficientCapacityError",
            JobStatus.INTERRUPTED,
            "to spare",
        ),
        ("States.Timeout", "", JobStatus.FAILED, "did not take the training job: States.Timeout."),
    ],
)
def test_a_job_that_could_not_be_started_says_why(
    training: SageMakerTraining, error: str, cause: str, status: JobStatus, says: str
) -> None:
    job = training.refused(ORDER.job, error, cause)
    assert job.status is status
    assert says in job.reason


def test_a_long_text_of_a_container_is_cut(training: SageMakerTraining) -> None:
    job = training.refused(ORDER.job, "Error", "x" * 5_000)
    assert len(job.reason) < 800
