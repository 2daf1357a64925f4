"""The true train.py and inference.py on a tiny model, and what comes of it in wellread.

Skipped where `make training` has not set up what they need.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.waiting import wait_until
from wellread.adapters.aws.sagemaker_chat import SageMakerChat
from wellread.adapters.training.child_training import ChildTraining
from wellread.bootstrap.local_models import local_chat
from wellread.domain.ask.prompting import DECLINE
from wellread.domain.knowledge.errors import ModelUnavailableError, PermanentError
from wellread.domain.tune.examples import ExampleKind, TrainingExample
from wellread.domain.tune.models import RunName
from wellread.ports.tune import TrainingJob, TrainingProgress
from wellread.settings import Settings

pytest.importorskip("xllamacpp", reason="needs the extra llm")
tiny_model = pytest.importorskip("tests.tiny_model", reason="needs the extra llm")

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-training/bin/python"
QUESTION = [{"role": "user", "content": "How long is the notice?"}]

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="training is not set up: make training")


class Trained(NamedTuple):
    job: TrainingJob
    told: list[TrainingProgress]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model that was trained for four steps, on rows as wellread writes them."""
    folder = tmp_path_factory.mktemp("trained")
    dataset = folder / "dataset"
    dataset.mkdir()
    for name, count in (("train", 8), ("validation", 2)):
        lines = (json.dumps(example(number).as_line()) + "\n" for number in range(count))
        (dataset / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    job = TrainingJob(
        run=RunName("r-1"),
        dataset=dataset,
        recipe=ROOT / "training/recipes/tiny-random.yaml",
        base=tiny_model.write_model(folder / "base.gguf"),
        output=folder / "out",
        seed=1,
        overrides={"look_every": "2"},
    )
    told: list[TrainingProgress] = []
    ChildTraining().train(job, told.append)
    return Trained(job, told)


def example(number: int) -> TrainingExample:
    declines = number % 4 == 0
    return TrainingExample(
        id=f"e{number}",
        kind=ExampleKind.NEAR_MISS if declines else ExampleKind.ANSWER,
        messages=(
            {"role": "system", "content": "Answer from the sources."},
            {"role": "user", "content": f"[1] The notice is {number} days.\n\nHow long is it?"},
        ),
        target=DECLINE if declines else f"{number} days [1].",
        document="handbook.md",
        revision="1",
        audiences=frozenset({"everyone"}),
        sources={"handbook.md": "1"},
        family="handbook",
        span=None,
        made_by="templates",
    )


def test_each_step_is_told_with_its_loss(trained: Trained) -> None:
    assert [each.step for each in trained.told] == [1, 2, 2, 3, 4, 4]
    assert all(each.loss is not None for each in trained.told)
    assert trained.told[-1].held_out_loss is not None


def test_the_trained_file_answers_on_this_machine(trained: Trained) -> None:
    generator = local_chat(trained.job.output / "model.gguf", Settings(), "tuned")
    try:
        assert "".join(generator.speak(QUESTION)).strip() == "Thirty days [1]."
    finally:
        generator.close()


def test_the_same_training_again_is_done_already(trained: Trained) -> None:
    told: list[TrainingProgress] = []

    ChildTraining().train(trained.job, told.append)

    assert told == []


def test_a_failure_comes_through_in_its_own_words(trained: Trained, tmp_path: Path) -> None:
    job = trained.job
    wrong = TrainingJob(
        job.run, job.dataset, job.recipe, job.base, tmp_path / "out", 1, {"steps": "none"}
    )

    with pytest.raises(PermanentError, match="steps must be a whole number, not 'none'"):
        ChildTraining().train(wrong, lambda _: None)


@pytest.fixture(scope="module")
def served(trained: Trained) -> Iterator[str]:
    """The address of inference.py with the trained model."""
    process = subprocess.Popen(
        [
            str(PYTHON), str(ROOT / "training/inference.py"), "--host=127.0.0.1", "--port=0",
            f"--model={trained.job.output}",
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SAGEMAKER_BIND_TO_PORT": "0"},
    )  # fmt: skip
    assert process.stderr is not None
    try:
        line = next(line for line in process.stderr if line.startswith("Listening"))
        address = f"http://127.0.0.1:{line.split()[-1]}"
        wait_until(lambda: httpx.get(f"{address}/ping").status_code == 200, seconds=60)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.close()
        assert process.wait(timeout=30) == 0


class Endpoint:
    """A `sagemaker-runtime` client in front of the server: its parts are cut anywhere."""

    def __init__(self, address: str) -> None:
        self._address = address

    def invoke_endpoint_with_response_stream(self, **call: Any) -> dict[str, Any]:
        response = httpx.post(f"{self._address}/invocations", content=call["Body"], timeout=60)
        return {"Body": Parts(response.content)}


class Parts:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for start in range(0, len(self._content), 7):
            yield {"PayloadPart": {"Bytes": self._content[start : start + 7]}}

    def close(self) -> None:
        """Nothing is open."""


def test_wellread_reads_the_stream_of_the_endpoint(served: str) -> None:
    chat = SageMakerChat(Endpoint(served), "tuned")

    assert "".join(chat.speak(QUESTION)).strip() == "Thirty days [1]."


def test_wellread_takes_a_refusal_for_no_answer(served: str) -> None:
    with pytest.raises(ModelUnavailableError):
        list(SageMakerChat(Endpoint(served), "tuned").speak([]))


def test_an_answer_that_is_not_streamed_is_one_object(served: str) -> None:
    request = {"messages": QUESTION, "temperature": 0, "max_tokens": 2}

    answer = httpx.post(f"{served}/invocations", json=request, timeout=60).json()

    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["choices"][0]["message"]["content"].strip() == "Thirty days"
    assert answer["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"[1]", 400),
        (b'{"messages": []}', 400),
        (b'{"messages": [{"role": "tool", "content": "x"}]}', 400),
        (b'{"messages": [{"role": "user", "content": "x"}], "max_tokens": 0}', 400),
        (b'{"messages": [{"role": "user", "content": "x"}], "temperature": true}', 400),
        (json.dumps({"messages": [{"role": "user", "content": "x" * 9000}]}).encode(), 400),
        (b" " * (6 * 1024 * 1024 + 1), 413),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_as_openai_does(
    served: str, body: bytes, status: int
) -> None:
    try:
        response = httpx.post(f"{served}/invocations", content=body, timeout=60)
    except httpx.WriteError:
        assert status == 413  # it hung up before all of it was sent
        return

    assert response.status_code == status
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert httpx.get(f"{served}/ping").status_code == 200


def test_a_path_that_is_none_is_refused(served: str) -> None:
    assert httpx.get(f"{served}/").status_code == 404
    assert httpx.post(f"{served}/v1/chat/completions", json={}).status_code == 404


def test_a_model_that_cannot_be_loaded_is_no_healthy_endpoint(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            str(PYTHON), str(ROOT / "training/inference.py"), "--host=127.0.0.1", "--port=0",
            f"--model={tmp_path}",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stderr is not None
    with process:
        try:
            line = next(line for line in process.stderr if line.startswith("Listening"))
            address = f"http://127.0.0.1:{line.split()[-1]}"
            wait_until(lambda: "whole weights" in httpx.get(f"{address}/ping").text, seconds=30)
            assert httpx.get(f"{address}/ping").status_code == 503
            refused = httpx.post(f"{address}/invocations", json={"messages": QUESTION})
            assert refused.status_code == 503
            assert refused.json()["error"]["type"] == "server_error"
        finally:
            process.terminate()
