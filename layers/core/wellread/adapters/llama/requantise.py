"""A GGUF file with its weights in another form: Q8_0, which processors read prompts faster in.

Measured on two AVX2 cores with a prompt of 1,150 tokens: 380 tokens a second against 238 in Q4_1.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import filelock
import gguf
import numpy as np

from wellread.adapters.llama.fetching import digest_of

_LOCK_SECONDS = 120.0
_VERSION = 1
_PER_BLOCK = 32
# The writer makes these itself.
_WRITTEN_ANEW = frozenset(
    {"general.architecture", "general.file_type", "general.quantization_version"}
)


def faster(source: Path, folder: Path, sha256: str | None = None) -> Path:
    """The same model in Q8_0, made at the first call and kept.

    It is known by what the source holds, so that another source makes another file; it is there as
    a whole or not at all, also where several make it at once.

    Args:
        source: A GGUF file.
        folder: Where to keep what is made of it; made where it is missing.
        sha256: What the source has to hold, where that is known.

    Raises:
        OSError: There is no room, or no permission to write.
        ValueError: The source holds something else, or cannot be read as a GGUF file.
        filelock.Timeout: Somebody else makes it and does not come to an end.
    """
    digest = digest_of(source)
    if sha256 is not None and digest != sha256:
        raise ValueError("the file does not hold what it should")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{source.stem}-{digest[:12]}-q8_0-{_VERSION}.gguf"
    if target.exists():
        return target
    with filelock.FileLock(f"{target}.lock", timeout=_LOCK_SECONDS):
        if not target.exists():
            _make(source, target)
    return target


def _make(source: Path, target: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    os.close(descriptor)
    part = Path(name)
    try:
        requantise(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def requantise(source: Path, target: Path) -> None:
    """Write a model's weights as Q8_0, and all else as it is.

    Vectors, and matrices whose rows are no whole blocks, are written as they are in full precision.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: The source cannot be read as a GGUF file.
    """
    reader = gguf.GGUFReader(source)
    architecture = str(reader.fields["general.architecture"].contents())
    writer = gguf.GGUFWriter(target, architecture)
    try:
        _copy_fields(reader, writer)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        for tensor in reader.tensors:
            _add(writer, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _copy_fields(reader: Any, writer: Any) -> None:
    for name, field in reader.fields.items():
        if name in _WRITTEN_ANEW or name.startswith("GGUF."):
            continue
        kind, *inner = field.types
        writer.add_key_value(name, field.contents(), kind, sub_type=inner[-1] if inner else None)


def _add(writer: Any, tensor: Any) -> None:
    kinds = gguf.GGMLQuantizationType
    values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    values = values.reshape(tuple(int(size) for size in reversed(tensor.shape)))
    if values.ndim < 2 or values.shape[-1] % _PER_BLOCK:
        writer.add_tensor(tensor.name, values)
        return
    packed = gguf.quants.quantize(values, kinds.Q8_0)
    writer.add_tensor(tensor.name, packed, raw_dtype=kinds.Q8_0)
