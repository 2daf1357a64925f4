from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stack_local.sagemaker import SageMakerStandIn
from wellread.adapters.aws.sagemaker_packages import SageMakerPackages
from wellread.domain.knowledge.errors import PermanentError
from wellread.domain.tune.models import RunName, TunedModel

MODEL = TunedModel(
    run=RunName("may"),
    base="small",
    location="sagemaker:wellread-models/wellread-may",
    dataset="d1",
    recipe="lora-7b",
    prompt_version="1",
    audiences=frozenset({"everyone"}),
    created_at=0.0,
)
FILES, STATISTICS = "s3://state/models/may", "s3://state/fine-tune/may/training.json"


@pytest.fixture
def packages(sagemaker: Any) -> SageMakerPackages:
    return SageMakerPackages(sagemaker, "wellread-tuned", "registry/vllm:1")


def test_a_model_is_entered_once_with_what_it_was_made_of(
    packages: SageMakerPackages, standin: SageMakerStandIn
) -> None:
    name = packages.enter(MODEL, FILES, STATISTICS)
    assert packages.enter(MODEL, FILES, STATISTICS) == name
    (package,) = standin.hosting.packages.values()
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["CustomerMetadataProperties"]["dataset"] == "d1"
    statistics = package["ModelMetrics"]["ModelQuality"]["Statistics"]
    assert statistics["S3Uri"] == STATISTICS


@pytest.mark.parametrize(("approved", "status"), [(True, "Approved"), (False, "Rejected")])
def test_the_judgement_is_entered_with_its_figures(
    packages: SageMakerPackages, standin: SageMakerStandIn, *, approved: bool, status: str
) -> None:
    name = packages.enter(MODEL, FILES, STATISTICS)
    judged = replace(MODEL, reason="x" * 3_000, metrics={"combined": 0.5})
    packages.judged(name, judged, approved=approved)
    package = standin.hosting.packages[name]
    assert package["ModelApprovalStatus"] == status
    assert package["CustomerMetadataProperties"]["combined"] == "0.5000"
    # What it was made of stands there still.
    assert package["CustomerMetadataProperties"]["run"] == "may"


def test_a_group_that_is_not_there_is_no_reason_to_go_on_silently(
    packages: SageMakerPackages, standin: SageMakerStandIn
) -> None:
    standin.hosting.groups.clear()
    with pytest.raises(PermanentError):
        packages.enter(MODEL, FILES, STATISTICS)
