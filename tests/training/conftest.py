"""Models and datasets so small that training takes seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from tests.tiny_model import write_model
from training.gguf_file import write_gguf

ROOT = Path(__file__).resolve().parents[2]
TRAIN = ROOT / "training" / "train.py"
NOT_OURS = ("SM_", "WELLREAD_")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(NOT_OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WELLREAD_ML_ROOT", str(tmp_path / "no-job"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama with two layers of random weights, as a GGUF file."""
    folder = tmp_path_factory.mktemp("base")
    plain = write_model(folder / "plain.gguf")
    weights = random_weights(gguf.GGUFReader(plain))
    write_gguf(plain, weights, folder / "random.gguf", "random")
    plain.unlink()
    return folder / "random.gguf"


def random_weights(reader: Any, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights for every tensor of a file, by the names that transformers gives them."""
    from training.gguf_file import name_in_transformers

    draw = np.random.default_rng(seed)
    return {
        name_in_transformers(tensor.name): (
            np.ones(tensor.shape[0], dtype=np.float32)
            if len(tensor.shape) == 1
            else draw.normal(scale=0.2, size=tuple(reversed(tensor.shape))).astype(np.float32)
        )
        for tensor in reader.tensors
    }


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Twelve rows to learn, four kept out, and what they were made of."""
    folder = tmp_path / "dataset"
    write_dataset(folder)
    return folder


def write_dataset(folder: Path, rows: int = 12, held_out: int = 4) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, count in (("train", rows), ("validation", held_out)):
        lines = "".join(json.dumps(row(number)) + "\n" for number in range(count))
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    manifest = {
        "dataset": "d-1",
        "audiences": ["everyone"],
        "documents": {"handbook.md": "1", "travel.md": "1"},
        "held_out": ["kept.md"],
        "counts": {"answer": 8, "near_miss": 4},
        "prompt_version": "abc",
        "made_by": "templates",
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def row(number: int) -> dict[str, Any]:
    """A row as `TrainingExample.as_line` makes it, as far as training reads it."""
    sources = f"[1] source a: Leave\nThe notice is {number} days.\nend of source a"
    says = f"{number} days [1]." if number % 3 else "The documents don't say."
    return {
        "prompt": [
            {"role": "system", "content": "Answer from the sources."},
            {"role": "user", "content": f"{sources}\n\nQuestion: how long is the notice?"},
        ],
        "completion": [{"role": "assistant", "content": says}],
    }


@dataclass(frozen=True)
class Ended:
    """How a run of train.py ended, and what it told."""

    code: int
    told: list[dict[str, Any]]
    log: str

    @property
    def failure(self) -> str:
        return "".join(line.get("failure", "") for line in self.told)

    @property
    def steps(self) -> list[int]:
        return [line["step"] for line in self.told if "step" in line]


Train = Callable[..., Ended]


@pytest.fixture
def train(base: Path, dataset: Path, tmp_path: Path) -> Train:
    """Runs train.py to its end, as a shell would."""

    def run(*more: str, **other: Path) -> Ended:
        given = {"base": base, "dataset": dataset, "output": tmp_path / "out", **other}
        return ended(start(arguments(*given.values(), *more)))

    return run


def arguments(base: Path, dataset: Path, output: Path, *more: str) -> list[str]:
    given = (f"--base={base}", f"--dataset={dataset}", f"--output={output}")
    return ["--recipe=tiny-random", *given, *more]


def start(
    given: Sequence[str], command: Sequence[str] = (sys.executable, str(TRAIN)), **variables: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command, *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )


def ended(process: subprocess.Popen[str], told: Sequence[dict[str, Any]] = ()) -> Ended:
    out, log = process.communicate(timeout=240)
    later = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return Ended(process.returncode, [*told, *later], log)


def wait_for_step(process: subprocess.Popen[str], step: int) -> list[dict[str, Any]]:
    """What it tells until it has done a step."""
    assert process.stdout is not None
    told: list[dict[str, Any]] = []
    for line in process.stdout:
        told.append(json.loads(line))
        if told[-1].get("step", 0) >= step:
            return told
    raise AssertionError(f"it ended before step {step}: {told}")
