"""The true train.py on a tiny model: what comes of it, and what it says where nothing can."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import gguf
import numpy as np
import pytest

from tests.training.conftest import (
    Train,
    arguments,
    ended,
    random_weights,
    row,
    start,
    wait_for_step,
)
from training.gguf_file import write_gguf

LONG = ("--set=steps=120", "--set=look_every=5", "--set=patience=900")


def test_a_training_leaves_adapter_weights_gguf_card_and_metrics(
    train: Train, tmp_path: Path
) -> None:
    end = train("--seed=3", "--run=first", "--base-name=Tiny", "--base-licence=MIT")

    out = tmp_path / "out"
    metrics = json.loads((out / "metrics.json").read_text("utf-8"))
    card = (out / "model-card.md").read_text("utf-8")
    assert end.code == 0, end.log
    assert end.steps[-1] == 4
    assert (out / "adapter/adapter_model.safetensors").stat().st_size > 1000
    assert (out / "merged/model.safetensors").stat().st_size > 1000
    assert (out / "model.gguf").read_bytes()[:4] == b"GGUF"
    assert not (out / "checkpoints").exists()
    assert (metrics["steps"], metrics["seed"], metrics["rows"]) == (4, 3, 12)
    assert metrics["held_out_loss"] == min(loss for _, loss in metrics["held_out_losses"])
    assert metrics["tokens"] > 100
    assert "| licence of the base, which holds for this model, too | MIT |" in card
    assert "| documents | 2 |" in card
    assert "Their audiences: everyone." in card


def test_nothing_that_is_left_names_a_place_of_the_machine(train: Train, tmp_path: Path) -> None:
    assert train("--run=first").code == 0

    texts = [
        path
        for path in (tmp_path / "out").rglob("*")
        if path.suffix in (".json", ".md", ".jinja", ".safetensors", ".gguf")
    ]
    assert len(texts) > 5
    assert [path.name for path in texts if str(tmp_path).encode() in path.read_bytes()] == []
    assert list((tmp_path / "out").rglob("*.bin")) == []


def test_the_loss_falls_where_there_is_something_to_learn(train: Train, tmp_path: Path) -> None:
    end = train("--set=steps=40", "--set=learning_rate=0.02", "--set=look_every=20")

    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    assert end.code == 0, end.log
    assert metrics["losses"][-1][1] < 0.7 * metrics["losses"][0][1]


def test_training_ends_early_and_keeps_the_best_where_held_out_rows_get_worse(
    train: Train, tmp_path: Path
) -> None:
    end = train(
        "--set=steps=60", "--set=learning_rate=0.5", "--set=look_every=2", "--set=patience=2"
    )

    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    assert end.code == 0, end.log
    assert metrics["steps"] < 60
    assert metrics["best_step"] < metrics["steps"]


def test_a_seed_gives_the_same_losses_again_and_another_seed_others(
    train: Train, tmp_path: Path
) -> None:
    losses = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert train(f"--seed={seed}", output=tmp_path / name).code == 0
        losses.append(json.loads((tmp_path / name / "metrics.json").read_text("utf-8"))["losses"])

    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(
    base: Path, dataset: Path, tmp_path: Path, how: signal.Signals
) -> None:
    given = arguments(base, dataset, tmp_path / "out", *LONG)
    process = start(given)
    wait_for_step(process, 12)
    os.kill(process.pid, how)
    stopped = ended(process)

    again = ended(start(given))

    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    expected = -signal.SIGKILL if how == signal.SIGKILL else 128 + how
    assert stopped.code == expected, stopped.log
    assert again.code == 0, again.log
    assert again.steps[0] > 10
    assert metrics["resumed"]
    assert [step for step, _ in metrics["losses"]] == list(range(1, 121))


def test_a_checkpoint_that_was_half_written_is_not_gone_on_from(
    base: Path, dataset: Path, tmp_path: Path
) -> None:
    given = arguments(base, dataset, tmp_path / "out", *LONG)
    process = start(given)
    wait_for_step(process, 12)
    process.kill()
    ended(process)
    newest = max(
        (tmp_path / "out/checkpoints").glob("checkpoint-*"), key=lambda p: int(p.name[11:])
    )
    (newest / "trainer_state.json").write_text('{"half', encoding="utf-8")

    process = start(given)
    told = wait_for_step(process, 1)
    process.kill()
    ended(process)

    assert not newest.exists() or told[-1]["step"] <= int(newest.name[11:])


def test_a_checkpoint_of_another_training_is_not_gone_on_from(
    base: Path, dataset: Path, tmp_path: Path
) -> None:
    process = start(arguments(base, dataset, tmp_path / "out", *LONG))
    wait_for_step(process, 12)
    process.kill()
    ended(process)

    again = ended(start(arguments(base, dataset, tmp_path / "out", "--seed=9")))

    assert again.code == 0, again.log
    assert again.steps[0] == 1


def test_a_training_that_is_finished_is_not_done_again(train: Train, tmp_path: Path) -> None:
    assert train().code == 0
    model = (tmp_path / "out/model.gguf").stat().st_mtime_ns

    again = train()

    assert again.code == 0
    assert again.steps == []
    assert (tmp_path / "out/model.gguf").stat().st_mtime_ns == model


def test_rows_that_are_too_long_are_left_out_and_counted(
    train: Train, dataset: Path, tmp_path: Path
) -> None:
    long = row(1)
    long["prompt"][1]["content"] *= 20
    with (dataset / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(long) + "\n")

    assert train().code == 0
    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    assert (metrics["rows"], metrics["rows_too_long"]) == (12, 1)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--set=max_tokens=20"], "Raise max_tokens"),
        (["--set=device=gpu"], "needs a GPU, and this machine has none"),
    ],
)
def test_a_failure_names_its_cause_and_what_to_do(
    train: Train, more: list[str], words: str
) -> None:
    end = train(*more)

    assert end.code == 1
    assert words in end.failure
    assert "Traceback" not in end.log


def test_a_dataset_without_rows_is_a_failure_in_words(train: Train, dataset: Path) -> None:
    (dataset / "train.jsonl").write_text("\n", encoding="utf-8")

    assert "train.jsonl holds no rows. Add documents" in train().failure


def test_a_line_that_is_no_row_is_named(train: Train, dataset: Path) -> None:
    (dataset / "validation.jsonl").write_text('{"prompt": "?"}\n', encoding="utf-8")

    assert "Line 1 of validation.jsonl is no row" in train().failure


def test_a_base_that_is_damaged_is_a_failure_in_words(train: Train, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF and no more")

    assert "damaged.gguf is damaged" in train(base=damaged).failure


def test_a_loss_that_is_no_number_ends_the_training(
    train: Train, base: Path, tmp_path: Path
) -> None:
    weights = random_weights(gguf.GGUFReader(base))
    weights["model.norm.weight"][:] = np.nan
    write_gguf(base, weights, tmp_path / "broken.gguf", "broken")

    end = train(base=tmp_path / "broken.gguf")

    assert end.code == 1
    assert "The loss is not a number any more at step 1." in end.failure


def test_training_ends_after_its_minutes_with_the_best_so_far(train: Train, tmp_path: Path) -> None:
    end = train("--set=steps=100000", "--set=minutes=0.02", "--set=look_every=100000")

    metrics = json.loads((tmp_path / "out/metrics.json").read_text("utf-8"))
    assert end.code == 0, end.log
    assert 0 < metrics["steps"] < 100000
    assert metrics["held_out_loss"] is not None
