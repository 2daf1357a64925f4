"""Clients of boto3's for the stand-in of SageMaker."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from stack_local.sagemaker import SageMakerStandIn


def client_of(standin: SageMakerStandIn, service: str = "sagemaker") -> Any:
    """A client of a service that the stand-in answers for; the caller's own."""
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=standin.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
