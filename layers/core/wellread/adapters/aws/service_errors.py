"""What AWS services answer when they refuse, in wellread's own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.parsers import ResponseParserError

from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
    WellreadError,
)

_MISSING = frozenset(
    {
        "ResourceNotFoundException",
        "NoSuchBucket",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
    }
)
_DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "NotAuthorized",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_BUSY = frozenset(
    {
        # Credentials that ran out are replaced by their provider, at the latest for a redelivery.
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        # Throttling, as the several services call it.
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        # Another call is changing the same thing.
        "ConditionalRequestConflict",
        "OperationAborted",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_UNANSWERED = (
    ChecksumError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoConnectionError,
    ResponseParserError,
)


@dataclass(frozen=True, slots=True)
class Resource:
    """What an adapter works on, as its errors name it.

    Attributes:
        kind: "bucket", "table", "queue", "event bus".
        name: Its name or URL.
        setting: The environment variable that names it.
    """

    kind: str
    name: str
    setting: str

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Raise what botocore raises as wellread's own errors.

        Raises:
            TransientError: Throttled, a failure of the service, no connection.
            InvalidConfigurationError: There is no such thing, it may not be used, or there are no
                credentials.
            PermanentError: Refused for another reason.
        """
        try:
            yield
        except ClientError as exc:
            raise self.of(exc) from exc
        except (BotoCoreError, ResponseParserError) as exc:
            raise self._unanswered(exc) from exc

    def of(self, error: ClientError) -> WellreadError:
        """The error that stands for what the service answered."""
        code = code_of(error)
        if code in _MISSING:
            return InvalidConfigurationError(
                f"There is no {self.kind} {self.name!r}. Set {self.setting} to one that there is, "
                "in the account and region in use."
            )
        if code in _DENIED:
            return InvalidConfigurationError(
                f"AWS does not allow {error.operation_name} on the {self.kind} {self.name!r} "
                f"({code}). Give the role or user in use that permission."
            )
        if code in _BUSY or status_of(error) >= 500 or status_of(error) == 429:
            return TransientError(
                f"The {self.kind} {self.name!r} did not take {error.operation_name} just now "
                f"({code}). Try again."
            )
        return PermanentError(
            f"The {self.kind} {self.name!r} refused {error.operation_name} ({code}). Report it "
            "with the correlation id in the log."
        )

    def _unanswered(self, error: Exception) -> WellreadError:
        name = type(error).__name__
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            return InvalidConfigurationError(
                f"There are no AWS credentials to use the {self.kind} {self.name!r} with. Set "
                "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            )
        if isinstance(error, _UNANSWERED):
            return TransientError(
                f"The {self.kind} {self.name!r} did not answer ({name}). Try again; if it stays "
                "so, check the network, and AWS_ENDPOINT_URL where it is set."
            )
        if isinstance(error, ParamValidationError):
            # Its message would quote what was sent.
            return PermanentError(f"The {self.kind} {self.name!r} cannot take this request.")
        return PermanentError(f"The {self.kind} {self.name!r} could not be asked ({name}).")


def code_of(error: ClientError) -> str:
    """The service's error code; for a HEAD, which has no body, the HTTP status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    """The HTTP status, 0 where there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def header_of(error: ClientError, name: str) -> str:
    """A header of the answer, empty where it has none of that name (in lower case)."""
    return str(error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(name, ""))
