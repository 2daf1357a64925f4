"""From a GGUF to weights and back."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from tests.training.conftest import random_weights
from training.failures import TrainingError
from training.gguf_file import check_gguf_base, interleaved, write_gguf
from training.recipe import recipe_from
from training.weights import load_base


def test_weights_that_are_written_are_read_back_by_transformers(base: Path, tmp_path: Path) -> None:
    weights = random_weights(gguf.GGUFReader(base), seed=5)
    write_gguf(base, weights, tmp_path / "mine.gguf", "mine")

    model, tokenizer = load_base(tmp_path / "mine.gguf", recipe_from("tiny-random", {}))

    read = {name: values.numpy() for name, values in model.state_dict().items()}
    assert read.keys() >= weights.keys()
    for name, values in weights.items():
        # Q8_0 rounds to 1/127 of the largest of 32 neighbours.
        assert np.abs(read[name] - values).max() <= np.abs(values).max() / 127, name
    assert tokenizer.chat_template


def test_what_a_file_says_beside_the_weights_is_taken_over(base: Path, tmp_path: Path) -> None:
    weights = random_weights(gguf.GGUFReader(base))
    write_gguf(base, weights, tmp_path / "mine.gguf", "mine")

    before, after = (
        {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items()}
        for path in (base, tmp_path / "mine.gguf")
    )
    assert after.pop("general.name") == "mine"
    del before["general.name"]
    assert after == before


def test_rows_are_reordered_within_each_head() -> None:
    values = np.arange(8, dtype=np.float32).reshape(8, 1)

    assert interleaved(values, heads=2).flatten().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_base_of_another_architecture_is_refused_before_training(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    writer = gguf.GGUFWriter(other, "qwen2")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

    with pytest.raises(TrainingError, match=r"other\.gguf is qwen2\. Set gguf=false"):
        check_gguf_base(other)


def test_weights_that_can_run_code_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")

    with pytest.raises(TrainingError, match="holds no weights as safetensors"):
        load_base(tmp_path, recipe_from("tiny-random", {}))
