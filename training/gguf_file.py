"""From tuned weights to a GGUF file, with all that its base's file says beside the weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf.constants import GGMLQuantizationType, GGUFValueType
from gguf.quants import quantize

from training.failures import TrainingError

_ARCHITECTURE = "llama"
_WRITTEN_ANEW = ("general.architecture", "general.file_type", "general.quantization_version")
_FILE_TYPE_Q8_0, _QUANTIZATION_VERSION = 7, 2
_BLOCK = 32
"""Weights that Q8_0 packs together; a row must be a multiple of it."""

_OF_LAYERS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_OF_MODEL = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def check_gguf_base(base: Path) -> None:
    """Whether a tuned GGUF can be written from this base, before hours are spent.

    Raises:
        TrainingError: It is no GGUF, or of another architecture.
    """
    if not base.is_file():
        raise TrainingError(
            "The recipe asks for model.gguf, which is written from a base in GGUF. Name such a "
            "file as the base, or set gguf=false."
        )
    try:
        architecture = _text(gguf.GGUFReader(base), "general.architecture")
    except (ValueError, KeyError, IndexError, OSError):
        raise TrainingError(f"{base.name} is damaged: it cannot be read as a GGUF file.") from None
    if architecture != _ARCHITECTURE:
        raise TrainingError(
            f"model.gguf can be written for models of the architecture llama, and {base.name} is "
            f"{architecture}. Set gguf=false and merged=true, and serve the merged weights."
        )


def write_gguf(base: Path, weights: Mapping[str, np.ndarray], target: Path, name: str) -> None:
    """Write tuned weights as Q8_0.

    Args:
        base: The GGUF that training started from: its tokenizer, chat template and shape are
            taken over.
        weights: In float32, by the names that transformers gives them.
        target: The file to write; it appears once it is whole.
        name: What the file says the model is called.

    Raises:
        TrainingError: A tensor of the base has no counterpart among the weights.
    """
    reader = gguf.GGUFReader(base)
    # The queries' and keys' rows are stored in another order, head by head.
    heads = {
        "attn_q": int(reader.fields[f"{_ARCHITECTURE}.attention.head_count"].contents()),
        "attn_k": int(reader.fields[f"{_ARCHITECTURE}.attention.head_count_kv"].contents()),
    }
    partial = target.with_suffix(".partial")
    writer = gguf.GGUFWriter(partial, _ARCHITECTURE)
    _copy_fields(reader, writer, name)
    for tensor in reader.tensors:
        values = _weight(weights, tensor.name)
        part = tensor.name.removesuffix(".weight").rsplit(".", 1)[-1]
        if part in heads:
            values = interleaved(values, heads[part])
        if values.ndim == 1 or values.shape[-1] % _BLOCK:
            writer.add_tensor(tensor.name, values)
        else:
            kind = GGMLQuantizationType.Q8_0
            writer.add_tensor(tensor.name, quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(target)


def interleaved(values: np.ndarray, heads: int) -> np.ndarray:
    """Rows in the order that llama.cpp turns them in: (x0, y0, x1, y1, ...) in every head.

    Transformers has (x0, x1, ..., y0, y1, ...).
    """
    rows, columns = values.shape
    halves = values.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def _copy_fields(reader: Any, writer: Any, name: str) -> None:
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in (*_WRITTEN_ANEW, "general.name"):
            continue
        kind = field.types[0]
        sub_type = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=sub_type)
    writer.add_name(name)
    writer.add_file_type(_FILE_TYPE_Q8_0)
    writer.add_quantization_version(_QUANTIZATION_VERSION)


def name_in_transformers(name: str) -> str:
    """What transformers calls a tensor of a llama's GGUF; "" where it knows none of that name."""
    layer = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name)
    if layer and layer[2] in _OF_LAYERS:
        return f"model.layers.{layer[1]}.{_OF_LAYERS[layer[2]]}.weight"
    return _OF_MODEL.get(name, "")


def _weight(weights: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    theirs = name_in_transformers(name)
    if theirs not in weights:
        raise TrainingError(
            f"The base's GGUF has a tensor {name} that is not known here, so model.gguf cannot be "
            "written. Set gguf=false and merged=true, and serve the merged weights."
        )
    return np.asarray(weights[theirs], dtype=np.float32)


def _text(reader: Any, name: str) -> str:
    return str(reader.fields[name].contents())
