"""Clients of AWS services."""

from __future__ import annotations

import pytest

from wellread.adapters.aws.clients import aws_client
from wellread.domain.knowledge.errors import InvalidConfigurationError


@pytest.fixture(autouse=True)
def _no_profile(monkeypatch, tmp_path):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    # Or botocore would ask the network for them.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "simulated")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "simulated")


def test_a_client_waits_a_limited_time_and_tries_a_limited_number_of_times():
    client = aws_client("dynamodb", region="eu-central-1", read_seconds=7, attempts=3)

    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (3.0, 7)
    assert config.retries["mode"] == "standard"
    assert config.retries["total_max_attempts"] == 3
    assert client.meta.region_name == "eu-central-1"
    client.close()


def test_a_client_without_a_region_says_what_to_set():
    with pytest.raises(InvalidConfigurationError, match="AWS_DEFAULT_REGION"):
        aws_client("dynamodb")


def test_an_endpoint_in_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4567")
    client = aws_client("sqs", region="eu-central-1")

    assert client.meta.endpoint_url == "http://127.0.0.1:4567"
    client.close()


def test_an_endpoint_that_is_none_is_a_wrong_setting(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")

    with pytest.raises(InvalidConfigurationError, match="AWS_ENDPOINT_URL"):
        aws_client("sqs", region="eu-central-1")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "documents.s3.us-east-1.amazonaws.com"),
        ("eu-central-1", "documents.s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "documents.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_what_is_presigned_is_at_the_buckets_own_host_and_covers_headers(region, host):
    client = aws_client("s3", region=region)
    address = client.generate_presigned_url(
        "put_object", Params={"Bucket": "documents", "Key": "a", "IfNoneMatch": "*"}
    )

    assert address.startswith(f"https://{host}/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&")
    assert "X-Amz-SignedHeaders=host%3Bif-none-match" in address
    client.close()
