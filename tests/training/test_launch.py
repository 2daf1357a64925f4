"""Starting a job from a shell, where the SageMaker SDK is installed (requirements/launch.txt)."""

from __future__ import annotations

import json

import pytest

from training import launch

GIVEN = [
    "--dataset=s3://bucket/datasets/d1/",
    "--base=s3://bucket/base/Tiny-1B/",
    "--output=s3://bucket/tuned/",
    "--role=arn:aws:iam::123456789012:role/training",
]


def test_a_value_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert launch.main([*GIVEN, "--set=steps"]) == 2
    assert "--set takes NAME=VALUE, not steps" in capsys.readouterr().err


def test_a_dry_run_prints_the_request_of_a_spot_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sagemaker", reason="needs requirements/launch.txt")
    for name, value in (
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "none"),
        ("AWS_SECRET_ACCESS_KEY", "none"),
        # Nothing is there, so what the SDK asks on its way fails at once.
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ):
        monkeypatch.setenv(name, value)

    assert launch.main([*GIVEN, "--spot", "--hours=2", "--set=steps=9", "--dry-run"]) == 0

    request = json.loads(capsys.readouterr().out)
    channels = {each["ChannelName"]: each["DataSource"] for each in request["InputDataConfig"]}
    assert channels.keys() >= {"train", "model", "code"}
    assert channels["train"]["S3DataSource"]["S3Uri"] == "s3://bucket/datasets/d1/"
    assert request["HyperParameters"]["steps"] == "9"
    assert request["HyperParameters"]["base_name"] == "Tiny-1B"
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {
        "MaxRuntimeInSeconds": 7200,
        "MaxWaitTimeInSeconds": 14400,
    }
    assert request["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
