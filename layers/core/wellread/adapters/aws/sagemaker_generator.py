"""Answers from a SageMaker endpoint whose container takes OpenAI-style messages (LMI, vLLM)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wellread.adapters.aws.model_errors import FAILURES, model_error
from wellread.adapters.aws.sagemaker_target import target
from wellread.domain.ask.prompting import Prompt, render_messages
from wellread.domain.knowledge.errors import ModelLateError
from wellread.wire.patience import Patience, in_time
from wellread.wire.streamed_completions import UnusableAnswerError, read_pieces, spoken

_MAX_TOKENS = 1024
"""An answer has three sentences; a model that thinks first needs room for that."""

_MAX_BYTES = 4 * 1024 * 1024


class SageMakerGenerator:
    """A generator behind a SageMaker endpoint that streams.

    The container's answer comes in payload parts that are cut anywhere, as server-sent events
    (vLLM) or JSON lines (LMI).

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
    """

    def __init__(
        self,
        client: Any,
        endpoint: str,
        component: str | None = None,
        *,
        first_token_seconds: float = 20.0,
        idle_seconds: float = 15.0,
        total_seconds: float = 60.0,
    ) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `sagemaker-runtime` client that does not retry; its read time-out ends what
                nobody waits for any more.
            endpoint: The endpoint's name.
            component: Of an endpoint with inference components, the one to ask. Only these scale
                to zero.
            first_token_seconds: How long the model may take to begin.
            idle_seconds: How long it may pause amid the answer.
            total_seconds: How long the whole answer may take.

        Raises:
            InvalidConfigurationError: There can be no endpoint or component of that name.
        """
        self._client = client
        self._target = target(endpoint, component, "WELLREAD_GENERATOR")
        self._name = component or endpoint
        self._patience = Patience(first_token_seconds, idle_seconds, total_seconds)

    @property
    def name(self) -> str:
        """The inference component's name, or the endpoint's."""
        return self._name

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Pieces of the answer as they come.

        Raises:
            ModelWakingError: The inference component has no copy yet; the call wakes it.
            ModelUnavailableError: There is no whole answer, for whatever reason.
        """
        return self._spoken(render_messages(prompt))

    def complete(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The whole reply to chat messages.

        Raises:
            ModelWakingError: The inference component has no copy yet; the call wakes it.
            ModelUnavailableError: There is none, for whatever reason.
        """
        return "".join(self._spoken(messages))

    def _spoken(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        payload = {
            "messages": messages,
            "max_tokens": _MAX_TOKENS,
            "temperature": 0,
            "stream": True,
        }
        try:
            yield from spoken(in_time(read_pieces(self._parts(payload)), self._patience))
        except ModelLateError as exc:
            raise ModelLateError(
                f"The model {self._name} did not answer in time: {exc}. Choose a smaller model, or "
                "raise WELLREAD_MODEL_FIRST_TOKEN_SECONDS or WELLREAD_MODEL_SECONDS."
            ) from exc
        except FAILURES as exc:
            raise model_error(self._name, exc) from exc

    def _parts(self, payload: dict[str, Any]) -> Iterator[bytes]:
        """What the container sends, as it comes."""
        response = self._client.invoke_endpoint_with_response_stream(
            **self._target,
            ContentType="application/json",
            Body=json.dumps(payload, ensure_ascii=False).encode("utf-8"),
        )
        size = 0
        try:
            for event in response["Body"]:
                # Errors amid the stream are raised by botocore; what else there may be one day
                # is no part of the answer.
                part = event.get("PayloadPart", {}).get("Bytes", b"")
                size += len(part)
                if size > _MAX_BYTES:
                    raise UnusableAnswerError("it sends more than an answer can be")
                yield part
        finally:
            response["Body"].close()
