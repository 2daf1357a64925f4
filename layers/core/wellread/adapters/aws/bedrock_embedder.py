"""Vectors from a model on Amazon Bedrock, through langchain-aws."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langchain_aws.embeddings.bedrock import BedrockEmbeddings
from pydantic import ValidationError

from wellread.adapters.aws.model_errors import FAILURES, model_error
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.models import Vector
from wellread.wire.streamed_completions import UnusableAnswerError
from wellread.wire.vectors import sendable, unit_vector

_AT_A_TIME = 8
"""Titan and Nova take one text a call; the client must keep as many connections."""

# What the models give where nothing else is asked for, so that they need not be asked.
# https://docs.aws.amazon.com/bedrock/latest/userguide/titan-embedding-models.html
# https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html
_DIMENSIONS = {
    "amazon.titan-embed-text-v2:0": 1024,
    "cohere.embed-english-v3": 1024,
    "cohere.embed-multilingual-v3": 1024,
}

_COHERE_3_CHARACTERS = 2048
"""langchain-aws refuses longer texts for this model rather than have them cut."""


class BedrockEmbedder:
    """An embedder on Bedrock: Titan, Nova or Cohere.

    Whatever asks the model raises `ModelUnavailableError` where it cannot be reached now, or gives
    no vectors.
    """

    def __init__(self, client: Any, name: str) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `bedrock-runtime` client.
            name: The model's id, e.g. "amazon.titan-embed-text-v2:0"; with "@256" behind it, so
                many dimensions are asked for, where the model can do that.

        Raises:
            InvalidConfigurationError: That is no model's id.
        """
        model_id, at, wanted = name.partition("@")
        if "." not in model_id or (at and not (wanted.isascii() and wanted.isdigit())):
            raise _no_model(name)
        dimensions = int(wanted) if at else None
        self._model = model_id
        self._dimensions = dimensions or _DIMENSIONS.get(model_id)
        self._lock = threading.Lock()
        try:
            self._embeddings = BedrockEmbeddings(
                client=client, model_id=model_id, dimensions=dimensions
            )
        except ValidationError as exc:
            raise _no_model(name) from exc
        self._cohere = "cohere." in model_id
        self._characters = _COHERE_3_CHARACTERS if "embed-v4" not in model_id else None

    @property
    def model_version(self) -> str:
        """The model's id and the vectors' dimensions."""
        return f"bedrock:{self._model}:{self.dimensions}"

    @property
    def dimensions(self) -> int:
        """Length of every vector; a model that is not known is asked once."""
        with self._lock:
            if self._dimensions is None:
                self._dimensions = len(self._ask(self._embeddings.embed_query, "dimensions"))
            return self._dimensions

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        if not texts:
            return []
        ready = [self._sendable(text) for text in texts]
        if self._cohere:
            rows = self._ask(self._embeddings.embed_documents, ready)
        else:
            rows = self._one_by_one(ready)
        if len(rows) != len(texts):
            raise self._unusable("it does not give a vector for each text")
        return [self._unit(row) for row in rows]

    def embed_question(self, text: str) -> Vector:
        """A question's vector, as one where the model tells questions from documents."""
        return self._unit(self._ask(self._embeddings.embed_query, self._sendable(text)))

    def _one_by_one(self, texts: list[str]) -> list[Any]:
        with ThreadPoolExecutor(min(_AT_A_TIME, len(texts))) as pool:
            rows = pool.map(lambda text: self._ask(self._embeddings.embed_documents, [text]), texts)
            return [row for (row,) in rows]

    def _ask(self, embed: Callable[[Any], list[Any]], texts: list[str] | str) -> list[Any]:
        try:
            return embed(texts)
        except (*FAILURES, AttributeError, LookupError, TypeError) as exc:
            raise model_error(self._model, exc) from exc

    def _sendable(self, text: str) -> str:
        ready = sendable(text)
        return ready[: self._characters] if self._cohere else ready

    def _unit(self, row: object) -> Vector:
        try:
            return unit_vector(row, self.dimensions)
        except ValueError as exc:
            raise self._unusable(str(exc)) from exc

    def _unusable(self, words: str) -> Exception:
        return model_error(self._model, UnusableAnswerError(words))


def _no_model(name: str) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        f'WELLREAD_EMBEDDER names "{name}" on Bedrock, which is not the id of an embedding '
        'model. Say, for example, "bedrock:amazon.titan-embed-text-v2:0".'
    )
