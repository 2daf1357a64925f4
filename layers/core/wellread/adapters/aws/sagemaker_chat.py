"""Answers from a SageMaker endpoint whose container takes OpenAI-style messages (LMI, vLLM)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wellread.adapters.aws.model_errors import FAILURES, model_error
from wellread.adapters.aws.sagemaker_target import target
from wellread.wire.streamed_completions import UnusableAnswerError, read_pieces, spoken

_MAX_TOKENS = 1024
"""An answer has three sentences; a model that thinks first needs room for that."""

_MAX_BYTES = 4 * 1024 * 1024


class SageMakerChat:
    """A `Chat` behind a SageMaker endpoint that streams.

    The container's answer comes in payload parts that are cut anywhere, as server-sent events
    (vLLM) or JSON lines (LMI).

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
    """

    def __init__(self, client: Any, endpoint: str, component: str | None = None) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `sagemaker-runtime` client that does not retry; its read time-out ends what
                nobody waits for any more.
            endpoint: The endpoint's name.
            component: Of an endpoint with inference components, the one to ask. Only these scale
                to zero.

        Raises:
            InvalidConfigurationError: There can be no endpoint or component of that name.
        """
        self._client = client
        self._target = target(endpoint, component, "WELLREAD_GENERATOR")
        self._name = component or endpoint

    @property
    def name(self) -> str:
        """The inference component's name, or the endpoint's."""
        return self._name

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages as they come.

        Raises:
            ModelWakingError: The inference component has no copy yet; the call wakes it.
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """
        payload = {
            "messages": messages,
            "max_tokens": _MAX_TOKENS,
            "temperature": 0,
            "stream": True,
        }
        try:
            yield from spoken(read_pieces(self._parts(payload)))
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
