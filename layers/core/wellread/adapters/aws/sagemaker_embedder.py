"""Vectors from a SageMaker endpoint whose container is Text Embeddings Inference, or like it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.model_errors import FAILURES, model_error
from wellread.adapters.aws.sagemaker_target import target
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.ports.models import Vector
from wellread.wire.streamed_completions import UnusableAnswerError
from wellread.wire.vectors import sendable, unit_vector

_BATCH = 32
"""What Text Embeddings Inference takes at a time unless told otherwise."""


class SageMakerEmbedder:
    """An embedder behind a SageMaker endpoint.

    The endpoint does not say which model it serves, so the name of the endpoint (and inference
    component) stands for it, with the vectors' dimensions: put another model under another name,
    or count a revision up.

    Whatever asks the model raises `ModelUnavailableError` where it cannot be reached now, or gives
    no vectors.

    Source: https://huggingface.github.io/text-embeddings-inference/ (POST /embed)
    """

    def __init__(self, client: Any, name: str) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `sagemaker-runtime` client.
            name: "<endpoint>" or "<endpoint>/<inference component>"; with "@<revision>" behind it,
                models that take turns under one name are told apart.

        Raises:
            InvalidConfigurationError: There can be no endpoint or component of that name.
        """
        served, _, self._revision = name.partition("@")
        endpoint, slash, component = served.partition("/")
        self._client = client
        self._name = served
        self._target = target(endpoint, component if slash else None, "WELLREAD_EMBEDDER")
        self._dimensions: int | None = None
        self._lock = threading.Lock()

    @property
    def model_version(self) -> str:
        """The endpoint's name, and twelve digits for what is known of the model behind it."""
        known = f"{self._name}\0{self._revision}\0{self.dimensions}"
        fingerprint = hashlib.sha256(known.encode()).hexdigest()[:12]
        return f"sagemaker:{self._name}-{fingerprint}"

    @property
    def dimensions(self) -> int:
        """Length of every vector; the model is asked once."""
        with self._lock:
            if self._dimensions is None:
                self._dimensions = len(self._embed(["dimensions"], None)[0])
            return self._dimensions

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        dimensions = self.dimensions if texts else None
        vectors: list[Vector] = []
        for start in range(0, len(texts), _BATCH):
            vectors += self._embed(texts[start : start + _BATCH], dimensions)
        return vectors

    def embed_question(self, text: str) -> Vector:
        """A question's vector; the model is one that wants no prefix."""
        return self.embed_documents([text])[0]

    def _embed(self, texts: Sequence[str], dimensions: int | None) -> list[Vector]:
        body = {"inputs": [sendable(text) for text in texts], "truncate": True}
        try:
            response = self._client.invoke_endpoint(
                **self._target,
                ContentType="application/json",
                Accept="application/json",
                Body=json.dumps(body, ensure_ascii=False).encode("utf-8"),
            )
            given = response["Body"].read()
        except FAILURES as exc:
            raise model_error(self._name, exc) from exc
        try:
            return _vectors(json.loads(given), len(texts), dimensions)
        except (ValueError, RecursionError) as exc:
            raise self._unusable(str(exc)) from exc

    def _unusable(self, words: str) -> ModelUnavailableError:
        return model_error(self._name, UnusableAnswerError(words))


def _vectors(given: object, count: int, dimensions: int | None) -> list[Vector]:
    rows = given.get("embeddings") if isinstance(given, dict) else given
    if not isinstance(rows, list) or len(rows) != count:
        raise ValueError("it does not give a vector for each text")
    return [unit_vector(row, dimensions) for row in rows]
