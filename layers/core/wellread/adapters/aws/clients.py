"""Clients of AWS services, as the adapters of this family expect them."""

from __future__ import annotations

import functools
import threading
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from wellread.domain.knowledge.errors import InvalidConfigurationError

_CONNECT_SECONDS = 3.0
_READ_SECONDS = {"dynamodb": 4.0, "events": 5.0, "secretsmanager": 4.0, "sqs": 10.0}
"""What answers at once or not at all; a call that is tried again must fit an answer's time."""

_LONGEST_READ_SECONDS = 20.0
# By itself botocore presigns for a host that sends on whoever asks for a young bucket, and in old
# regions with a signature that does not cover headers.
_S3: dict[str, Any] = {
    "signature_version": "s3v4",
    "s3": {"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"},
}
_making = threading.Lock()


def aws_client(
    service: str,
    *,
    region: str | None = None,
    connect_seconds: float = _CONNECT_SECONDS,
    read_seconds: float | None = None,
    attempts: int = 4,
) -> Any:
    """A client of a service; it may be used by several threads at once.

    Credentials, region and endpoint come from where botocore looks for them (`AWS_ENDPOINT_URL`
    among others). Plain botocore rather than boto3: of boto3 only its resources would be more.

    Args:
        service: As botocore names it, e.g. "s3".
        region: Where the environment and the profile name none, or another is meant.
        connect_seconds: How long a connection may keep one waiting.
        read_seconds: How long an answer may keep one waiting; by default what fits the service.
        attempts: Calls in all, where the service throttles or fails. A repeated call may have
            taken effect the first time: the adapters' writes allow for that.

    Raises:
        InvalidConfigurationError: There is no region, or the AWS profile is broken.
    """
    config = Config(
        **(_S3 if service == "s3" else {}),
        connect_timeout=connect_seconds,
        read_timeout=read_seconds or _READ_SECONDS.get(service, _LONGEST_READ_SECONDS),
        # Standard mode waits at random between attempts and shares a quota of retries, so that a
        # service in trouble is not hit harder. Adaptive mode would hold back all of a client's
        # calls after one throttled key.
        retries={"mode": "standard", "total_max_attempts": attempts},
        tcp_keepalive=True,
        user_agent_extra="wellread",
    )
    try:
        with _making:  # a session is not made for several threads
            return _session().create_client(service, region_name=region, config=config)
    except (BotoCoreError, ValueError) as exc:
        raise InvalidConfigurationError(
            f"There can be no client for AWS {service} ({exc}). Set AWS_DEFAULT_REGION, and check "
            "AWS_PROFILE and AWS_ENDPOINT_URL where they are set."
        ) from exc


@functools.cache
def _session() -> Any:
    return botocore.session.Session()
