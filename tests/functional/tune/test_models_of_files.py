"""The tuned modes with models that a process of this machine runs."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.laptop import Laptop
from tests.tuned import tuned_model
from wellread.domain.ask.questions import Mode
from wellread.domain.tune.models import RunName

pytest.importorskip("xllamacpp", reason="needs the extra llm")
tiny_model = pytest.importorskip("tests.tiny_model", reason="needs the extra llm")

QUESTION = "How many days of leave does everyone have?"


def promote(laptop: Laptop, path: Path, run: str, says: str) -> None:
    models = laptop.services.tuned_models
    before = models.promoted()
    location = str(tiny_model.write_model(path / f"{run}.gguf", says))
    models.register(tuned_model(run, location=location, passage_characters=2_400))
    incumbent = None if before is None else before.run
    models.passed(RunName(run), "Better.", {}, incumbent=incumbent)


def children() -> set[int]:
    found = psutil.Process().children(recursive=True)
    return {each.pid for each in found if any("llama" in part for part in each.cmdline())}


def test_files_take_each_others_place_and_leave_no_process_behind(
    laptop: Laptop, tmp_path: Path
) -> None:
    laptop.drop("leave.md", "# Leave\n\nEveryone has thirty days of leave a year.\n")
    laptop.speak_with(tuned=laptop.services.tuned_speaker)
    before = children()
    promote(laptop, tmp_path, "one", "Everyone has thirty days of leave [1].")
    promote(laptop, tmp_path, "two", "Thirty days of leave [1].")

    second = laptop.ask(QUESTION, mode=Mode.TUNED_RAG)
    assert second.outcome.answered_by == "two"
    assert second.text == "Thirty days of leave. [1]"
    of_second = children() - before
    assert len(of_second) == 1

    laptop.services.tuned_models.rollback()
    first = laptop.ask(QUESTION, mode=Mode.TUNED_RAG)
    assert first.outcome.answered_by == "one"
    assert first.text == "Everyone has thirty days of leave. [1]"
    of_first = children() - before
    assert len(of_first) == 1
    assert not of_first & of_second

    laptop.services.closing.close()
    assert children() == before
