"""The packaged model: in its faster form, and asked as a person asks it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator
from wellread.bootstrap.local_models import (
    PACKAGED_FILE,
    LocalGenerator,
    local_chat,
    packaged_file,
)
from wellread.bootstrap.models import model_of, verifier_of
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.services.ask.drafting import Generators
from wellread.settings import Settings

gguf = pytest.importorskip("gguf", reason="needs the extra llm")
pytest.importorskip("xllamacpp", reason="needs the extra llm")
tiny_model = pytest.importorskip("tests.tiny_model", reason="needs the extra llm")
requantising = pytest.importorskip("wellread.adapters.llama.requantise")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tiny_model.write_model(tmp_path / "tiny.gguf")


def test_it_is_found_without_running_any_of_its_code() -> None:
    assert packaged_file().read_bytes()[:4] == b"GGUF"


def test_the_faster_form_is_made_once_and_says_the_same(file: Path, tmp_path: Path) -> None:
    made = requantising.faster(file, tmp_path / "models")
    written = made.stat().st_mtime_ns
    again = requantising.faster(file, tmp_path / "models")
    kinds = {tensor.tensor_type.name for tensor in gguf.GGUFReader(made).tensors}
    model = model_of(Settings(model=str(made)))
    assert isinstance(model, LocalGenerator)
    try:
        said = "".join(model.speak([{"role": "user", "content": "Hi"}]))
    finally:
        model.close()

    assert kinds == {"F32", "Q8_0"}
    assert said == "Thirty days [1]."
    assert again == made
    assert again.stat().st_mtime_ns == written


def test_all_but_the_weights_stays_as_it_is(file: Path, tmp_path: Path) -> None:
    made = requantising.faster(file, tmp_path / "models")
    before, after = (gguf.GGUFReader(path).fields for path in (file, made))
    kept = [name for name in before if not name.startswith("GGUF.")]
    kept.remove("general.file_type")

    assert len(kept) > 15
    assert [n for n in kept if after[n].contents() != before[n].contents()] == []


def test_another_source_makes_another_file(file: Path, tmp_path: Path) -> None:
    first = requantising.faster(file, tmp_path / "models")
    tiny_model.write_model(file, "Twenty weeks [2].")

    assert requantising.faster(file, tmp_path / "models") != first


def test_several_at_once_make_one_whole_file(file: Path, tmp_path: Path) -> None:
    made: list[Path] = []
    threads = [
        threading.Thread(target=lambda: made.append(requantising.faster(file, tmp_path / "models")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({*made}) == 1
    assert len(made) == 4
    assert [path.suffix for path in (tmp_path / "models").iterdir()] in (
        [".gguf", ".lock"],
        [".lock", ".gguf"],
    )


def test_what_fails_amid_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and no more")
    with pytest.raises(ValueError, match=r".*"):
        requantising.faster(broken, tmp_path / "models")

    assert [path.suffix for path in (tmp_path / "models").iterdir()] == [".lock"]


def test_a_packaged_file_that_holds_something_else_is_refused(file: Path, tmp_path: Path) -> None:
    other = file.rename(tmp_path / PACKAGED_FILE)
    model = local_chat(other, Settings(base_models=tmp_path / "models"), "packaged")
    try:
        with pytest.raises(ModelUnavailableError, match="its file cannot be used"):
            list(model.speak([{"role": "user", "content": "Hi"}]))
    finally:
        model.close()


@pytest.mark.slow
def test_a_question_is_answered_by_it_under_the_same_checks_as_any_models(tmp_path: Path) -> None:
    settings = Settings(
        model="packaged", base_models=tmp_path / "models", model_first_token_seconds=120
    )
    model = model_of(settings)
    assert isinstance(model, LocalGenerator)
    speaking = Generators(
        quoting=QuotingGenerator(), model=model, verifier=verifier_of(settings, model)
    )
    laptop = Laptop(tmp_path / "data", generators=speaking)
    try:
        laptop.drop("leave.md", "# Leave\n\nEveryone has thirty days of leave a year.\n")
        assert model.wait(120)
        alone = laptop.ask("What is a library?", mode=Mode.BASE)
        reply = laptop.ask("How many days of leave does everyone have?")
    finally:
        laptop.close()
        model.close()

    assert alone.outcome.answered_by == "SmolLM2-135M-Instruct"
    assert alone.text
    # Its words are whatever they are; what is shown of them stands in the passage.
    assert not reply.citations or "thirty days of leave" in reply.citations[0].quote
