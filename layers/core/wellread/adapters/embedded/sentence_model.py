"""The settings of a sentence-embedding model, as sentence-transformers writes them to a folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from wellread.adapters.embedded.model_files import parts, unvouched
from wellread.domain.knowledge.errors import InvalidConfigurationError

_MODEL_FILES = ("model.onnx", "onnx/model.onnx")
_TOKENIZER = "tokenizer.json"
_SETTINGS = ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json")


class Pooling(StrEnum):
    """How the vectors of a text's tokens become one vector."""

    CLS = "cls"
    MEAN = "mean"
    MAX = "max"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """An ONNX model with everything that decides what its vectors are.

    Attributes:
        name: Short, for people and as the first part of the model version.
        model: The ONNX file.
        tokenizer: `tokenizer.json`, or a BERT vocabulary.
        max_tokens: Longer texts are cut; the special tokens count.
        lower_case: Whether texts are lower-cased first, whatever the tokenizer does.
        dimensions: As the settings say; None where they don't.
        sha256: What the model file must hash to; None where anything goes.
    """

    name: str
    model: Path
    tokenizer: Path
    pooling: Pooling = Pooling.MEAN
    query_prefix: str = ""
    document_prefix: str = ""
    max_tokens: int = 512
    lower_case: bool = False
    dimensions: int | None = None
    sha256: str | None = None

    def version(self) -> str:
        """The name, and 12 hexadecimal digits that change when any vector would."""
        settings = (
            self.sha256 or _file_hash(self.model),
            hashlib.sha256(self.tokenizer.read_bytes()).hexdigest(),
            self.pooling,
            self.query_prefix,
            self.document_prefix,
            self.max_tokens,
            self.lower_case,
        )
        fingerprint = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:12]
        return f"{_short(self.name)}-{fingerprint}"


def read_sentence_model(folder: Path) -> SentenceModel:
    """The model in a folder as sentence-transformers saves one, with an ONNX export.

    Read are `model.onnx` (or `onnx/model.onnx`), `tokenizer.json`, `1_Pooling/config.json`,
    `sentence_bert_config.json` and, for prompts, `config_sentence_transformers.json`. Where the
    folder has a `SHA256SUMS`, it must list them all as they are.

    Raises:
        InvalidConfigurationError: A file is missing, not the listed one, or says what cannot be
            followed.
    """
    model = next((folder / name for name in _MODEL_FILES if (folder / name).is_file()), None)
    if model is None:
        raise _refusal(folder, "there is no model.onnx in it, nor in a folder onnx inside")
    if not (folder / _TOKENIZER).is_file():
        raise _refusal(folder, f"there is no {_TOKENIZER} in it")
    pooling = _settings(_pooling_folder(folder) / "config.json")
    transformer = _settings(folder / "sentence_bert_config.json")
    length = _positive(transformer.get("max_seq_length"))
    if length is None:
        raise _refusal(folder, "its sentence_bert_config.json does not say max_seq_length")
    query_prefix, document_prefix = _prompts(folder)
    if pooling.get("include_prompt") is False and query_prefix + document_prefix:
        raise _refusal(folder, "its pooling leaves the prompt out, which is not supported")
    settings = (_pooling_folder(folder) / "config.json", *(folder / name for name in _SETTINGS))
    if why := unvouched(folder, (model, folder / _TOKENIZER, *settings)):
        raise _refusal(folder, why)
    return SentenceModel(
        name=folder.resolve().name,
        model=model,
        tokenizer=folder / _TOKENIZER,
        pooling=_pooling(pooling, folder),
        query_prefix=query_prefix,
        document_prefix=document_prefix,
        max_tokens=length,
        lower_case=transformer.get("do_lower_case") is True,
        dimensions=_positive(pooling.get("word_embedding_dimension")),
    )


def _settings(path: Path) -> Mapping[str, Any]:
    values = _json(path)
    return values if isinstance(values, dict) else {}


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as exc:
        raise InvalidConfigurationError(
            f"The embedding model's settings file {path} cannot be read as JSON. Copy the model "
            "folder again, or set WELLREAD_EMBEDDER to another one."
        ) from exc


def _modules(folder: Path) -> dict[str, str]:
    """Kind of module → its folder, in the order they are applied."""
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list):
        return {}
    return {
        str(module.get("type", "")).rsplit(".", 1)[-1]: str(module.get("path", ""))
        for module in modules
        if isinstance(module, dict)
    }


def _pooling_folder(folder: Path) -> Path:
    modules = _modules(folder)
    unknown = modules.keys() - {"Transformer", "Pooling", "Normalize"}
    if unknown:
        raise _refusal(
            folder, f"it has steps that are not supported ({', '.join(sorted(unknown))})"
        )
    return folder / modules.get("Pooling", "1_Pooling")


def _pooling(config: Mapping[str, Any], folder: Path) -> Pooling:
    names = {
        "pooling_mode_cls_token": Pooling.CLS,
        "pooling_mode_mean_tokens": Pooling.MEAN,
        "pooling_mode_max_tokens": Pooling.MAX,
        "pooling_mode_lasttoken": Pooling.LAST,
    }
    wanted = [key for key, on in config.items() if key.startswith("pooling_mode_") and on is True]
    if len(wanted) != 1 or wanted[0] not in names:
        said = " + ".join(sorted(wanted)) or "not stated"
        raise _refusal(folder, f"its pooling ({said}) is not supported")
    return names[wanted[0]]


def _prompts(folder: Path) -> tuple[str, str]:
    config = _settings(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts")
    if not isinstance(prompts, dict):
        return "", ""
    default = prompts.get(config.get("default_prompt_name"))
    document = next((prompts[k] for k in ("document", "passage") if k in prompts), default)
    return str(prompts.get("query", default) or ""), str(document or "")


def _positive(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 < value < 1_000_000 else None


def _file_hash(path: Path) -> str:
    """A file's SHA-256; weights beside the model (`model.onnx_data`) count."""
    digest = hashlib.sha256()
    for part in parts(path):
        with part.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _short(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "model"


def _refusal(folder: Path, why: str) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        f"WELLREAD_EMBEDDER names the folder {folder}, but {why}. Give it the folder of a "
        'sentence-embedding model exported to ONNX, or set WELLREAD_EMBEDDER to "packaged".'
    )
