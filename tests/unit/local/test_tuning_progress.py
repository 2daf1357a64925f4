"""What a person reads while a fine-tuning run goes on."""

from __future__ import annotations

from pathlib import Path

from wellread.local.tuning.progress import Progress, estimates, minutes, time_table
from wellread.local.tuning.recipes import RecipeFacts

RECIPE = RecipeFacts("quick", Path("quick.yaml"), "", rows=100, passage_characters=2400, steps=10)


class Watch:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_every_step_is_expected_to_take_its_time() -> None:
    found = estimates(RECIPE, 10, 2, 3, specialised=True, promoted=True)
    assert list(found)[:3] == ["build the dataset", "train seed 0", "train seed 1"]
    assert {"ask model made for RAG + RAG", "ask tuned model of now + RAG"} <= found.keys()
    assert "ask new tuned model + RAG with hidden instructions" in found
    assert "ask base model + RAG with hidden instructions" not in found
    assert len(estimates(RECIPE, 10, 1)) == 8
    assert all(seconds > 0 for seconds in found.values())


def test_the_time_that_is_left_follows_the_speed_of_the_questions() -> None:
    said: list[str] = []
    watch = Watch()
    progress = Progress({"ask quotes, without a model": 1000.0, "later": 100.0}, said.append, watch)
    progress.step("ask quotes, without a model", 20)
    watch.now = 1.0
    progress.done(1)
    watch.now = 20.0
    progress.done(10)
    assert said == [
        "Ask quotes, without a model, 20 questions. About 18 minutes left.",
        "  10 of 20. About 2 minutes left.",
    ]


def test_a_step_that_was_done_in_an_earlier_try_is_not_waited_for() -> None:
    said: list[str] = []
    progress = Progress({"build": 600.0, "train seed 0": 600.0, "ask": 30.0}, said.append, Watch())
    progress.step("ask", 3)
    assert said == ["Ask, 3 questions. About 30 s left."]


def test_training_tells_its_steps_and_losses() -> None:
    said: list[str] = []
    watch = Watch()
    progress = Progress({"train seed 0": 300.0}, said.append, watch)
    progress.step("train seed 0", 0)
    watch.now = 60.0
    progress.done(4, "of 20 steps, loss 1.200")
    assert said[1] == "  4 of 20 steps, loss 1.200. About 4 minutes left."


def test_what_steps_took_stands_beside_what_was_expected() -> None:
    costs = {
        "steps": [{"name": "train seed 0", "seconds": 61.0, "processor_seconds": 99.0}],
        "seconds": 61.0,
        "processor_seconds": 99.0,
    }
    head, line, total = time_table(costs, {"train seed 0": 50.0})
    assert head.split() == ["step", "took", "processor", "expected"]
    assert line.split() == ["train", "seed", "0", "61s", "99s", "50s"]
    assert total.split() == ["all", "61s", "99s", "50s"]


def test_times_are_told_in_words() -> None:
    assert (minutes(20), minutes(600)) == ("20 s", "10 minutes")
