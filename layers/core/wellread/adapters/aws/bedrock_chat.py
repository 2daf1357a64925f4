"""Answers from a model on Amazon Bedrock, through langchain-aws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_aws.chat_models.bedrock_converse import ChatBedrockConverse
from langchain_aws.utils import parse_model_provider
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langsmith import tracing_context
from pydantic import ValidationError

from wellread.adapters.aws.model_errors import FAILURES, model_error
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.wire.streamed_completions import UnusableAnswerError, spoken

_MAX_TOKENS = 1024
_FAILED_REASONS = frozenset({"content_filtered", "guardrail_intervened", "malformed_model_output"})
_ROLES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class BedrockChat:
    """A `Chat` on Bedrock's Converse API.

    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
    """

    def __init__(self, client: Any, model_id: str) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `bedrock-runtime` client that does not retry.
            model_id: Of a model or an inference profile, or the ARN of one of the two.

        Raises:
            InvalidConfigurationError: That is no model's id.
        """
        self._name = model_id
        try:
            self._chat = ChatBedrockConverse(
                model=model_id,
                provider=_provider(model_id),
                client=client,
                # Only asked about application inference profiles, which are refused above;
                # without one here a second client would be made.
                bedrock_client=client,
                max_tokens=_MAX_TOKENS,
                temperature=0,
            )
        except (ValidationError, ValueError) as exc:
            raise _no_model(model_id) from exc

    @property
    def name(self) -> str:
        """The model's id."""
        return self._name

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages as they come.

        Raises:
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """
        told = [
            # Bedrock takes no blank text, as of an earlier answer without words.
            _ROLES[message["role"]](content=message["content"].strip() or "-")
            for message in messages
        ]
        try:
            yield from spoken(self._pieces(told))
        except FAILURES as exc:
            raise model_error(self._name, exc) from exc

    def _pieces(self, messages: list[BaseMessage]) -> Iterator[str]:
        """The answer's text; an empty piece is a sign of life (thoughts, usage)."""
        # LangChain would send questions and passages elsewhere where a variable of the environment
        # says so; nothing of ours goes where our own settings do not send it.
        with tracing_context(enabled=False):
            for chunk in self._chat.stream(messages):
                reason = chunk.response_metadata.get("stopReason")
                if reason in _FAILED_REASONS:
                    raise UnusableAnswerError(f"it stopped with the reason {reason}")
                yield str(chunk.text)


def _provider(model_id: str) -> str:
    """Whose model it is: "anthropic" of "eu.anthropic.claude-...", or of an ARN that ends so."""
    name = model_id.rpartition("/")[2]
    if "application-inference-profile" in model_id or "." not in name:
        raise _no_model(model_id)
    return parse_model_provider(name)


def _no_model(model_id: str) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        f'WELLREAD_GENERATOR names "{model_id}" on Bedrock, which is not the id of a model or of '
        'an inference profile. Say, for example, "bedrock:eu.amazon.nova-lite-v1:0".'
    )
