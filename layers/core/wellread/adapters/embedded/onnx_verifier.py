"""Claims checked by a cross-encoder in ONNX that reads source and claim together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from wellread.adapters.embedded.model_files import unvouched
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError

_SUPPORTING = frozenset(
    {"entailment", "supported", "support", "consistent", "grounded", "yes", "1"}
)
"""What models call the label that means that the source says it."""

_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_PART = re.compile(r"\{claim\}|\{source\}")
_FEWEST_TOKENS = 16
_SPARE_TOKENS = 4
"""A text cut out of another may have a few tokens more than it had there."""

_THRESHOLD = 0.5


class _Config(NamedTuple):
    label: int
    labels: int
    max_tokens: int
    template: str


_FILES = ("model.onnx", "tokenizer.json", "config.json")


class OnnxVerifier:
    """Runs a cross-encoder on this machine's CPU.

    A source that is longer than the model reads is read window by window: what one of them
    supports is supported.
    """

    name = "onnx"

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Args:
            folder: Holds `model.onnx`, `tokenizer.json` and `config.json`, which names the labels;
                where it has a `SHA256SUMS`, that must list them as they are.

        Raises:
            InvalidConfigurationError: The folder does not hold such a model.
        """
        self._folder = folder
        if why := unvouched(folder, (folder / name for name in _FILES)):
            raise _refusal(folder, why, "Copy the model again, or mend the list.")
        self._config = _read_config(folder)
        try:
            self._tokenizer = Tokenizer.from_file(str(_file(folder, "tokenizer.json")))
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
            self._session = _session(_file(folder, "model.onnx"))
        except InvalidConfigurationError:
            raise
        except Exception as exc:  # both libraries raise their own, which share no base but this one
            raise _refusal(
                folder,
                f"its model.onnx or tokenizer.json cannot be loaded ({type(exc).__name__})",
                "Copy the model again, all files from one export.",
            ) from exc
        self._inputs = [value.name for value in self._session.get_inputs()]
        if unknown := set(self._inputs) - _INPUTS:
            raise _refusal(
                folder,
                f"its model wants more than tokens ({', '.join(sorted(unknown))})",
                "Export it for sequence classification.",
            )

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether the model finds each claim in its source.

        Raises:
            ModelUnavailableError: The model failed.
        """
        return [any(s >= _THRESHOLD for s in self._scores(claim)) for claim in claims]

    def _scores(self, claim: Claim) -> Iterator[float]:
        """How sure the model is, window of the source by window; nothing of no claim."""
        text = claim.text.encode("utf-8", "replace").decode("utf-8")
        source = claim.headed_source.encode("utf-8", "replace").decode("utf-8")
        # What the claim and the words around it leave for the source.
        room = self._config.max_tokens - len(self._encode("", text).ids) - _SPARE_TOKENS
        if room < _FEWEST_TOKENS or not any(c.isalnum() for c in text):
            return
        offsets = self._tokenizer.encode(source, add_special_tokens=False).offsets
        step = max(room * 3 // 4, 1)  # windows overlap, so that no sentence is only cut in two
        for first in range(0, max(len(offsets), 1), step):
            window = offsets[first : first + room]
            piece = source[window[0][0] : window[-1][1]] if window else ""
            yield self._score(piece, text)
            if first + room >= len(offsets):
                return

    def _encode(self, source: str, claim: str) -> Any:
        if template := self._config.template:
            parts = {"{claim}": claim, "{source}": source}
            return self._tokenizer.encode(_PART.sub(lambda part: parts[part[0]], template))
        return self._tokenizer.encode(source, claim)

    def _score(self, source: str, claim: str) -> float:
        encoding = self._encode(source, claim)
        feeds = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        most = self._config.max_tokens
        try:
            (logits, *_) = self._session.run(
                None, {name: np.array([feeds[name][:most]], np.int64) for name in self._inputs}
            )
        except Exception as exc:  # onnxruntime's own, which share no base but this one
            raise ModelUnavailableError(
                f"The verifier in {self._folder} failed ({type(exc).__name__}). Check that its "
                "tokenizer belongs to its model.onnx, and that memory is free."
            ) from exc
        found = np.asarray(logits, np.float64).reshape(-1)
        if len(found) != self._config.labels or not np.isfinite(found).all():
            raise ModelUnavailableError(
                f"The verifier in {self._folder} gave {len(found)} values where its config.json "
                f"names {self._config.labels} labels. Copy its files again, all from one model."
            )
        if len(found) == 1:
            return float(1.0 / (1.0 + np.exp(-found[0])))
        weights = np.exp(found - found.max())
        return float(weights[self._config.label] / weights.sum())


def _read_config(folder: Path) -> _Config:
    try:
        config = json.loads(_file(folder, "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise _refusal(folder, "its config.json cannot be read as JSON", "Copy it again.") from exc
    labels = config.get("id2label") if isinstance(config, dict) else None
    supporting = [
        int(number)
        for number, label in (labels.items() if isinstance(labels, dict) else ())
        if str(number).isdecimal() and str(label).strip().lower() in _SUPPORTING
    ]
    if not isinstance(labels, dict) or len(supporting) != 1 or supporting[0] >= len(labels):
        raise _refusal(
            folder,
            "the id2label in its config.json does not say which one label means that the source "
            "says it",
            'Name the labels there, for example {"0": "unsupported", "1": "supported"}.',
        )
    template = config.get("claim_template", "")
    if template and not all(part in template for part in ("{source}", "{claim}")):
        raise _refusal(
            folder,
            "the claim_template in its config.json lacks {source} or {claim}",
            "Write both into it, or leave it out.",
        )
    positions = config.get("max_position_embeddings")
    if not isinstance(positions, int) or positions < 2 * _FEWEST_TOKENS:
        raise _refusal(
            folder,
            "its config.json does not say how many tokens it reads",
            "Set max_position_embeddings there, for example 512.",
        )
    if "roberta" in str(config.get("model_type", "")):
        positions -= 2  # its positions start behind the padding id
    return _Config(supporting[0], len(labels), positions, str(template))


def _file(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise _refusal(
            folder, f"there is no {name} in it", "Give it model.onnx, tokenizer.json, config.json."
        )
    return folder / name


def _session(model: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _refusal(folder: Path, why: str, fix: str) -> InvalidConfigurationError:
    return InvalidConfigurationError(
        f"WELLREAD_VERIFIER names the folder {folder}, but {why}. {fix} Or set WELLREAD_VERIFIER "
        'to "words" or "model".'
    )
