"""The connection to an OpenSearch server or an OpenSearch Serverless collection."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection
from urllib3.util import Timeout

from wellread.domain.knowledge.errors import InvalidConfigurationError

SERVICE = "aoss"
"""What requests to OpenSearch Serverless are signed for."""

_CONNECTIONS = 16
_CONNECT_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443}


def connect(
    url: str,
    *,
    signed: bool = True,
    credentials: Any = None,
    region: str | None = None,
    timeout_seconds: float = 60.0,
) -> OpenSearch:
    """A client that sends every request once; whoever asks knows what may be sent again.

    Requests go through urllib3 and are signed with `host`, `x-amz-content-sha256`, `x-amz-date` and
    `x-amz-security-token`: OpenSearch Serverless refuses a signed `content-length`, which the
    signer for `requests` gives. Answers come compressed; requests do not go so, because
    opensearch-py compresses at the highest level, which costs more than the sending.

    Args:
        url: The collection's endpoint, or a server's address.
        signed: Whether requests are signed; a plain server wants none.
        credentials: Of botocore; by default those of the environment, the profile or the role.
        region: By default that of the endpoint's name, else the environment's or the profile's.
        timeout_seconds: How long an answer may take. A collection that slept takes 10 to 30 s.

    Raises:
        InvalidConfigurationError: The address is none, or there are no credentials.
    """
    # It warns of every answer but a success, which are raised here; and for its debugging it
    # writes down whole requests, questions and documents.
    logging.getLogger("opensearch").setLevel(logging.ERROR)
    scheme, host, port, path = _parts(url)
    return OpenSearch(
        hosts=[{"host": host, "port": port, "url_prefix": path}],
        use_ssl=scheme == "https",
        http_auth=_signer(host, credentials, region) if signed else None,
        connection_class=Urllib3HttpConnection,
        pool_maxsize=_CONNECTIONS,
        headers={"accept-encoding": "gzip,deflate"},
        timeout=Timeout(connect=_CONNECT_SECONDS, read=timeout_seconds),
        max_retries=0,
    )


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address."""
    try:
        parts = urlsplit(url)
        if parts.scheme in _PORTS and parts.hostname:
            port = parts.port or _PORTS[parts.scheme]
            return parts.scheme, parts.hostname, port, parts.path.strip("/")
    except ValueError:
        pass
    raise InvalidConfigurationError(
        f"WELLREAD_INDEX_URL: {url!r} is no address of an OpenSearch server. It looks like "
        "https://<id>.<region>.aoss.amazonaws.com or http://127.0.0.1:9200."
    )


def _signer(host: str, credentials: Any, region: str | None) -> Urllib3AWSV4SignerAuth:
    session = botocore.session.Session()
    found = credentials or session.get_credentials()
    if found is None:
        raise InvalidConfigurationError(
            "There are no AWS credentials to sign requests to the index with. Set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or set WELLREAD_INDEX_SIGNED=false for a "
            "plain OpenSearch server."
        )
    where = region or _region_of(host) or session.get_config_variable("region")
    if not where:
        raise InvalidConfigurationError(
            "It is not known which region the index is in. Set AWS_DEFAULT_REGION."
        )
    return Urllib3AWSV4SignerAuth(found, where, SERVICE)


def _region_of(host: str) -> str | None:
    """`abc.eu-central-1.aoss.amazonaws.com` names its region."""
    labels = host.split(".")
    return labels[labels.index(SERVICE) - 1] if SERVICE in labels[2:] else None
