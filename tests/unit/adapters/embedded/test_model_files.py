"""A model's files are read only where they are those that somebody vouched for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from wellread.adapters.embedded.model_files import (
    MANIFEST,
    genuine_bytes,
    is_genuine,
    unvouched,
)
from wellread.adapters.embedded.onnx_verifier import OnnxVerifier
from wellread.adapters.embedded.sentence_model import read_sentence_model
from wellread.domain.knowledge.errors import InvalidConfigurationError

FILES = {"onnx/model.onnx": b"model", "onnx/model.onnx_data": b"weights", "tokenizer.json": b"{}"}


def listing(files: dict[str, bytes]) -> str:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / MANIFEST).write_text(listing(FILES))
    return tmp_path


def why(folder: Path) -> str | None:
    return unvouched(folder, (folder / "onnx" / "model.onnx", folder / "tokenizer.json"))


def test_files_that_are_listed_as_they_are_may_be_read(folder: Path) -> None:
    assert why(folder) is None
    (folder / MANIFEST).write_text(listing(FILES).upper().replace("  ONNX/MODEL", " *./onnx/model"))
    assert why(folder) is not None  # names are not written in capitals
    binary = listing(FILES).replace("  ", " *./")
    (folder / MANIFEST).write_text(binary)
    assert why(folder) is None


@pytest.mark.parametrize("name", FILES)
def test_any_file_that_was_changed_or_is_not_listed_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(FILES[name][:-1] + b"?")
    assert why(folder) == f"{name} is not the file that its {MANIFEST} lists"

    (folder / name).write_bytes(FILES[name])
    (folder / MANIFEST).write_text(listing({k: v for k, v in FILES.items() if k != name}))
    assert why(folder) == f"its {MANIFEST} does not list {name}"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "00  tokenizer.json",
        listing(FILES) + listing({"tokenizer.json": b"other"}),
        "x" * 2_000_000,
    ],
)
def test_a_list_that_is_not_understood_vouches_for_nothing(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)

    assert why(folder) == f"its {MANIFEST} cannot be read"


def test_nobody_vouches_where_there_is_no_list(folder: Path) -> None:
    (folder / MANIFEST).unlink()

    assert why(folder) is None


def test_both_kinds_of_model_folders_are_checked_before_they_are_read(folder: Path) -> None:
    (folder / "tokenizer.json").write_bytes(b"changed")
    for name in ("model.onnx", "config.json"):
        (folder / name).write_text("{}")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 64}')
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')

    with pytest.raises(InvalidConfigurationError, match=f"{MANIFEST} does not list"):
        read_sentence_model(folder)
    with pytest.raises(InvalidConfigurationError, match=f"{MANIFEST} does not list"):
        OnnxVerifier(folder)


def test_a_file_is_genuine_by_its_content_alone(tmp_path: Path) -> None:
    file, wanted = tmp_path / "weights", hashlib.sha256(b"weights").hexdigest()
    assert not is_genuine(file, wanted)
    assert genuine_bytes(file, wanted) is None

    file.write_bytes(b"weights")
    assert is_genuine(file, wanted)
    assert genuine_bytes(file, wanted) == b"weights"

    file.write_bytes(b"weighty")
    assert not is_genuine(file, wanted)
    assert genuine_bytes(file, wanted) is None
