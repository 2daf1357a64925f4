"""What AWS services answer, in wellread's own errors."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from tests.simulated_aws import refused
from wellread.adapters.aws.service_errors import Resource
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    SupersededError,
    TransientError,
)

TABLE = Resource("table", "docs", "WELLREAD_DOCUMENTS_TABLE")


def translated(error: Exception) -> Exception:
    with pytest.raises(Exception) as caught, TABLE.errors():  # noqa: PT011 - any error at all
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ProvisionedThroughputExceededException", 400),
        ("ThrottlingException", 400),
        ("SlowDown", 503),
        ("InternalServerError", 500),
        ("", 502),
        ("SomethingNew", 429),
        ("ExpiredTokenException", 400),
    ],
)
def test_what_may_go_away_by_itself_is_transient(code, status):
    assert isinstance(translated(refused(code, status)), TransientError)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://dynamodb.test"),
        ReadTimeoutError(endpoint_url="https://dynamodb.test"),
        ResponseParserError("<html>a proxy's page</html>"),
    ],
)
def test_no_answer_and_no_sense_in_it_are_transient(error):
    assert isinstance(translated(error), TransientError)


def test_what_is_not_there_is_named_with_the_setting_that_names_it():
    error = translated(refused("ResourceNotFoundException"))

    assert isinstance(error, InvalidConfigurationError)
    assert "docs" in str(error)
    assert "WELLREAD_DOCUMENTS_TABLE" in str(error)


def test_what_is_not_allowed_is_named_with_the_operation():
    error = translated(refused("AccessDeniedException", operation="PutItem"))

    assert isinstance(error, InvalidConfigurationError)
    assert "PutItem" in str(error)


def test_without_credentials_it_says_where_they_go():
    error = translated(NoCredentialsError())

    assert isinstance(error, InvalidConfigurationError)
    assert "AWS_PROFILE" in str(error)


def test_any_other_refusal_is_permanent_and_quotes_nothing_of_what_was_sent():
    for error in (
        refused("ValidationException"),
        ParamValidationError(report="secret words"),
    ):
        found = translated(error)
        assert type(found) is PermanentError
        assert "secret" not in str(found)


def test_errors_of_our_own_pass_as_they_are():
    error = SupersededError("look again")
    assert translated(error) is error
