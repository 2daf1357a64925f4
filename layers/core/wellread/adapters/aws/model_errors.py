"""What model services answer when they refuse or break off, in wellread's own errors."""

from __future__ import annotations

from botocore.eventstream import ParserError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
)
from urllib3.exceptions import HTTPError
from urllib3.exceptions import ReadTimeoutError as StreamTimeoutError

from wellread.adapters.aws.service_errors import code_of
from wellread.domain.knowledge.errors import ModelLateError, ModelUnavailableError, ModelWakingError
from wellread.wire.streamed_completions import UnusableAnswerError

FAILURES = (
    BotoCoreError,
    ClientError,
    ParserError,  # of an event stream
    HTTPError,  # amid a stream, botocore lets these through
    UnusableAnswerError,
    OSError,
    RuntimeError,
    ValueError,  # langchain-aws's own
)
"""What calling a model may raise."""

_TIMEOUTS = (ConnectTimeoutError, ReadTimeoutError, StreamTimeoutError, TimeoutError)

# An inference component that has scaled to zero answers a ValidationError with these words; the
# call is what wakes it. https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
_NO_COPIES = "has no capacity to process this request"

_WORDS = {
    "AccessDeniedException": "AWS does not allow it. Give the role or user in use the permission "
    "to invoke this model, and enable access to the model in the account",
    "ModelError": "its container failed or refused the request; perhaps the passages are too long "
    "for it. Look into the endpoint's log in CloudWatch, or lower WELLREAD_PASSAGES",
    "ModelErrorException": "the model failed. Try again",
    "ModelStreamError": "it broke off. Look into the endpoint's log in CloudWatch",
    "ModelTimeoutException": "it took too long. Ask for less, or choose a smaller model",
    "ResourceNotFoundException": "there is no such model in this account and region. Check "
    "WELLREAD_GENERATOR, WELLREAD_EMBEDDER and WELLREAD_VERIFIER",
    "ServiceQuotaExceededException": "the account's quota is used up. Try again later, or have it "
    "raised",
    "ThrottlingException": "it is busy or its quota is used up. Try again in a minute",
    "ValidationError": "it refused the request. Check that the endpoint exists in this region and "
    "serves OpenAI-style messages",
    "ValidationException": "it refused the request; perhaps the passages are too long for it, or "
    "it has another id in this region. Lower WELLREAD_PASSAGES, or check the id",
}


def model_error(name: str, error: Exception) -> ModelUnavailableError:
    """The error that stands for a failed call; it repeats nothing that was sent or answered.

    Args:
        name: Of the model, as messages should call it.
        error: One of `FAILURES`.
    """
    if isinstance(error, _TIMEOUTS):
        return ModelLateError(
            f"The model {name} did not answer in time. Try again in a minute, choose a smaller "
            "model, or raise WELLREAD_MODEL_FIRST_TOKEN_SECONDS."
        )
    if isinstance(error, ClientError):
        return _refusal(name, error)
    if isinstance(error, UnusableAnswerError):
        return ModelUnavailableError(
            f"The model {name} did not answer: {error}. Look into its log; if it goes on, choose "
            "another model."
        )
    return ModelUnavailableError(
        f"The model {name} did not answer: it cannot be reached or broke off "
        f"({type(error).__name__}). Check its name, the region and the network."
    )


def _refusal(name: str, error: ClientError) -> ModelUnavailableError:
    code = code_of(error)
    message = str(error.response.get("Error", {}).get("Message", ""))
    if code == "ModelNotReadyException" or _NO_COPIES in message:
        return ModelWakingError(
            f"The model {name} is starting, which takes about 5 minutes. Ask again then."
        )
    words = _WORDS.get(code, "the service failed or refused the request. Try again")
    return ModelUnavailableError(f"The model {name} did not answer ({code}): {words}.")
