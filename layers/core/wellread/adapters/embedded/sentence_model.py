"""The settings of a sentence-embedding model, as sentence-transformers writes them to a folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from wellread.domain.errors import InvalidConfigurationError

MODEL_FILES = (
    "model.onnx",
    "onnx/model.onnx",
    "model_quantized.onnx",
    "onnx/model_quantized.onnx",
)
"""Where a folder's model is looked for first; after that, any `model*.onnx`."""

SETTINGS_FILES = (
    "README.md",
    "config.json",
    "config_sentence_transformers.json",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "*_Pooling/config.json",
)
"""All that is read of a folder beside the model."""

# Models of before the prompts were kept in a file: their cards only tell them to people.
_PROMPTS_BY_NAME: tuple[tuple[str, str, str], ...] = (
    (r"\be5-(?!.*instruct)", "query: ", "passage: "),
    (r"\bbge-.*\ben\b", "Represent this sentence for searching relevant passages: ", ""),
)
_DEFAULT_MAX_TOKENS = 512
_HASH_WHOLE_UP_TO = 128 * 1024 * 1024
_HASH_BLOCKS = 256
_HASH_BLOCK_BYTES = 64 * 1024


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
        languages: ISO 639-1 codes; None for any, or unknown.
        sha256: What the model file must hash to; None where anything goes.
    """

    name: str
    model: Path
    tokenizer: Path
    pooling: Pooling = Pooling.MEAN
    query_prefix: str = ""
    document_prefix: str = ""
    max_tokens: int = _DEFAULT_MAX_TOKENS
    lower_case: bool = False
    dimensions: int | None = None
    languages: frozenset[str] | None = None
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


def read_sentence_model(folder: Path, name: str | None = None) -> SentenceModel:
    """The model in a folder.

    Args:
        folder: With an ONNX model, its tokenizer, and sentence-transformers' settings.
        name: What to call it; without, the folder's name.

    Raises:
        InvalidConfigurationError: A file is missing or says what cannot be followed.
    """
    name = name or folder.resolve().name
    model, tokenizer = find_model_file(folder), _tokenizer_file(folder)
    config = _settings(folder / "config.json")
    transformer = _settings(folder / "sentence_bert_config.json")
    tokenizer_config = _settings(folder / "tokenizer_config.json")
    pooling_config = _settings(_pooling_folder(folder) / "config.json")
    query_prefix, document_prefix = _prompts(folder, name)
    pooling = _pooling(pooling_config, folder)
    if pooling_config.get("include_prompt") is False and query_prefix + document_prefix:
        raise _refusal(folder, "its pooling leaves the prompt out, which is not supported")
    lower_case = transformer.get("do_lower_case") is True
    if tokenizer.name == "vocab.txt":
        # BERT's own default for a bare vocabulary.
        lower_case = lower_case or tokenizer_config.get("do_lower_case", True) is True
    return SentenceModel(
        name=name,
        model=model,
        tokenizer=tokenizer,
        pooling=pooling,
        query_prefix=query_prefix,
        document_prefix=document_prefix,
        max_tokens=_max_tokens(transformer, tokenizer_config, config),
        lower_case=lower_case,
        dimensions=_positive(pooling_config.get("word_embedding_dimension"))
        or _positive(pooling_config.get("embedding_dimension"))
        or _positive(config.get("hidden_size")),
        languages=_languages(folder, name),
    )


def find_model_file(folder: Path) -> Path:
    """The folder's ONNX model.

    Raises:
        InvalidConfigurationError: There is none.
    """
    chosen = choose_model_file(
        [
            path.relative_to(folder).as_posix()
            for pattern in ("*.onnx", "onnx/*.onnx")
            for path in folder.glob(pattern)
        ]
    )
    if chosen is None:
        raise _refusal(folder, "there is no model.onnx in it, nor in a folder onnx inside")
    return folder / chosen


def choose_model_file(names: Sequence[str]) -> str | None:
    """Which of a model's files to run; None where none is an ONNX model."""
    for wanted in MODEL_FILES:
        if wanted in names:
            return wanted
    others = sorted(name for name in names if re.fullmatch(r"(onnx/)?model[^/]*\.onnx", name))
    return others[0] if others else None


def _tokenizer_file(folder: Path) -> Path:
    for name in ("tokenizer.json", "vocab.txt"):
        if (folder / name).is_file():
            return folder / name
    raise _refusal(folder, "there is no tokenizer.json (or vocab.txt) in it")


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
        "cls_token": Pooling.CLS,
        "cls": Pooling.CLS,
        "mean_tokens": Pooling.MEAN,
        "mean": Pooling.MEAN,
        # The same direction as the mean, and only the direction is kept.
        "mean_sqrt_len_tokens": Pooling.MEAN,
        "max_tokens": Pooling.MAX,
        "max": Pooling.MAX,
        "lasttoken": Pooling.LAST,
    }
    prefix = "pooling_mode_"
    wanted = [
        key.removeprefix(prefix) for key, on in config.items() if key.startswith(prefix) and on
    ]
    if isinstance(config.get("pooling_mode"), str):
        wanted = [config["pooling_mode"]]
    if not wanted:
        return Pooling.MEAN  # what sentence-transformers does without a pooling file
    found = {names.get(name) for name in wanted}
    pooling = found.pop()
    if pooling is None or found:
        raise _refusal(folder, f"its pooling ({' + '.join(sorted(wanted))}) is not supported")
    return pooling


def _prompts(folder: Path, name: str) -> tuple[str, str]:
    config = _settings(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts")
    if isinstance(prompts, dict) and prompts:
        default = prompts.get(config.get("default_prompt_name"))
        query = prompts.get("query", default)
        document = next(
            (prompts[key] for key in ("document", "passage", "corpus") if key in prompts), default
        )
        return str(query or ""), str(document or "")
    for pattern, query, document in _PROMPTS_BY_NAME:
        if re.search(pattern, name.lower()):
            return query, document
    return "", ""


def _max_tokens(
    transformer: Mapping[str, Any], tokenizer: Mapping[str, Any], config: Mapping[str, Any]
) -> int:
    wanted = _positive(transformer.get("max_seq_length"))
    wanted = wanted or _positive(tokenizer.get("model_max_length")) or _DEFAULT_MAX_TOKENS
    positions = _positive(config.get("max_position_embeddings")) or wanted
    if "roberta" in str(config.get("model_type", "")):
        positions -= 2  # its positions start behind the padding id
    return min(wanted, positions)


def _languages(folder: Path, name: str) -> frozenset[str] | None:
    readme = folder / "README.md"
    text = readme.read_text(encoding="utf-8", errors="replace") if readme.is_file() else ""
    card = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    stated = card and re.search(
        r"^languages?:[ \t]*(\S.*|(?:\n[ \t]*- .*)+)", card.group(1), re.MULTILINE
    )
    if stated:
        codes = set(re.findall(r"[\w-]+", re.sub(r"(?m)^[ \t]*- ", "", stated.group(1))))
        if codes and all(re.fullmatch("[a-z]{2}", code) for code in codes):
            return frozenset(codes)
        return None
    return frozenset({"en"}) if re.search(r"\ben\b", name.lower()) else None


def _positive(value: object) -> int | None:
    # model_max_length is 1e30 where there is no limit.
    return int(value) if isinstance(value, int | float) and 0 < value < 1_000_000 else None


def _file_hash(path: Path) -> str:
    """A file's SHA-256; of a big file, that of its size and of blocks all over it.

    Reading gigabytes at every start would cost seconds, and another training or quantisation of a
    model changes every part of it. Weights beside the model (`model.onnx_data`) count.
    """
    digest = hashlib.sha256()
    for part in (path, *sorted(path.parent.glob(path.name + "[_.]*"))):
        size = part.stat().st_size
        digest.update(f"{part.name}:{size};".encode())
        with part.open("rb") as file:
            if size <= _HASH_WHOLE_UP_TO:
                digest.update(hashlib.file_digest(file, "sha256").digest())
                continue
            for block in range(_HASH_BLOCKS):
                file.seek(block * (size - _HASH_BLOCK_BYTES) // (_HASH_BLOCKS - 1))
                digest.update(file.read(_HASH_BLOCK_BYTES))
    return digest.hexdigest()


def _short(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "model"


def _refusal(folder: Path, why: str) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        f"WELLREAD_EMBEDDER names the folder {folder}, but {why}. Give it the folder of a "
        'sentence-embedding model exported to ONNX, or set WELLREAD_EMBEDDER to "packaged".'
    )
