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
from wellread.domain.ask.prompting import Prompt, render_messages
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelLateError
from wellread.wire.patience import Patience, in_time
from wellread.wire.streamed_completions import UnusableAnswerError, spoken

_MAX_TOKENS = 1024
_FAILED_REASONS = frozenset({"content_filtered", "guardrail_intervened", "malformed_model_output"})
_ROLES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


class BedrockGenerator:
    """A generator on Bedrock's Converse API.

    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
    """

    def __init__(
        self,
        client: Any,
        model_id: str,
        *,
        first_token_seconds: float = 20.0,
        idle_seconds: float = 15.0,
        total_seconds: float = 60.0,
    ) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `bedrock-runtime` client that does not retry.
            model_id: Of a model or an inference profile, or the ARN of one of the two.
            first_token_seconds: How long the model may take to begin.
            idle_seconds: How long it may pause amid the answer.
            total_seconds: How long the whole answer may take.

        Raises:
            InvalidConfigurationError: That is no model's id.
        """
        self._name = model_id
        self._patience = Patience(first_token_seconds, idle_seconds, total_seconds)
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

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Pieces of the answer as they come.

        Raises:
            ModelUnavailableError: There is no whole answer, for whatever reason.
        """
        return self._spoken(render_messages(prompt))

    def complete(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The whole reply to chat messages.

        Raises:
            ModelUnavailableError: There is none, for whatever reason.
        """
        return "".join(self._spoken(messages))

    def _spoken(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        told = [
            # Bedrock takes no blank text, as of an earlier answer without words.
            _ROLES[message["role"]](content=message["content"].strip() or "-")
            for message in messages
        ]
        try:
            yield from spoken(in_time(self._pieces(told), self._patience))
        except ModelLateError as exc:
            raise ModelLateError(
                f"The model {self._name} did not answer in time: {exc}. Choose a faster model, or "
                "raise WELLREAD_MODEL_FIRST_TOKEN_SECONDS or WELLREAD_MODEL_SECONDS."
            ) from exc
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
