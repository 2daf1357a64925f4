"""A model on this machine: its process, from the first question to its end, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.laptop import Laptop, QuotingGenerator
from wellread.bootstrap.local_models import LocalGenerator, local_chat
from wellread.bootstrap.models import model_of, verifier_of
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    ModelLateError,
    ModelUnavailableError,
)
from wellread.services.ask.drafting import Generators
from wellread.settings import Settings

pytest.importorskip("xllamacpp", reason="needs the extra llm")
tiny_model = pytest.importorskip("tests.tiny_model", reason="needs the extra llm")

SAYS = "Thirty days [1]."
posix_only = pytest.mark.skipif(os.name != "posix", reason="stops processes with POSIX signals")
HOLDS_A_MODEL = """
import sys
from pathlib import Path
from wellread.bootstrap.local_models import local_chat
from wellread.settings import Settings
held = local_chat(Path(sys.argv[1]), Settings(), "tiny")
print("".join(held.speak([{"role": "user", "content": "Hi"}])), held.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tiny_model.write_model(tmp_path / "tiny.gguf", SAYS)


@pytest.fixture
def make() -> Iterator[Callable[..., LocalGenerator]]:
    made: list[LocalGenerator] = []

    def local(path: Path, name: str = "tiny", **settings: object) -> LocalGenerator:
        made.append(local_chat(path, Settings(**settings), name))  # type: ignore[arg-type]
        return made[-1]

    yield local
    for each in made:
        each.close()


def said(model: LocalGenerator) -> str:
    return "".join(model.speak([{"role": "user", "content": "How many days?"}]))


def process_of(model: LocalGenerator) -> psutil.Process:
    assert model.pid is not None
    return psutil.Process(model.pid)


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_it_starts_with_the_first_question_and_ends_when_it_is_closed(file, make) -> None:
    model = make(file)
    assert model.pid is None
    assert said(model) == SAYS
    pid = model.pid
    model.close()

    assert gone(pid)


def test_its_pieces_come_word_by_word(file, make) -> None:
    assert len(list(make(file).speak([{"role": "user", "content": "Hi"}]))) == 3


def test_it_has_one_port_on_this_machine_only_and_answers_nobody_without_the_key(
    file, make
) -> None:
    model = make(file)
    said(model)
    connections = process_of(model).net_connections(kind="all")
    (port,) = [each.laddr for each in connections if each.status == psutil.CONN_LISTEN]
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    url = f"http://127.0.0.1:{port.port}/v1/chat/completions"

    assert port.ip == "127.0.0.1"
    assert httpx.post(url, json=body, trust_env=False).status_code == 401
    headers = {"Authorization": "Bearer guessed"}
    assert httpx.post(url, json=body, headers=headers, trust_env=False).status_code == 401


def test_nothing_that_others_can_see_of_its_process_holds_the_key(file, make) -> None:
    model = make(file)
    said(model)
    process = process_of(model)
    seen = " ".join([*process.cmdline(), *process.environ().values()])

    assert str(file) not in seen
    assert process.environ()["OMP_WAIT_POLICY"] == "PASSIVE"
    assert not [name for name in process.environ() if name.startswith("WELLREAD_")]


def test_a_process_that_was_killed_is_started_anew(file, make) -> None:
    model = make(file)
    said(model)
    before = process_of(model)
    before.kill()
    wait_until(lambda: gone(before.pid))

    assert said(model) == SAYS
    assert model.pid != before.pid


@posix_only
def test_a_process_that_hangs_between_questions_is_replaced(file, make) -> None:
    model = make(file)
    said(model)
    before = process_of(model)
    before.suspend()

    assert said(model) == SAYS
    assert gone(before.pid)


@posix_only
def test_a_process_that_hangs_amid_its_answer_is_late_and_killed(tmp_path, make) -> None:
    endless = tiny_model.write_model(tmp_path / "endless.gguf", tiny_model.ENDLESS)
    model = make(endless, model_seconds=2.0, model_answer_tokens=4000)
    assert model.wait(60)
    pieces = model.speak([{"role": "user", "content": "Hi"}])
    next(pieces)
    before = process_of(model)
    before.suspend()

    with pytest.raises(ModelLateError, match="raise WELLREAD_MODEL"):
        list(pieces)
    wait_until(lambda: gone(before.pid))


@posix_only
def test_while_it_hangs_the_answer_is_quoted_in_time(tmp_path, file, make) -> None:
    model = make(file, model_first_token_seconds=0.5)
    assert model.wait(60)
    process_of(model).suspend()
    speaking = Generators(quoting=QuotingGenerator(), model=model)
    laptop = Laptop(tmp_path / "data", generators=speaking)
    try:
        laptop.drop("leave.md", "# Leave\n\nEveryone has thirty days of leave a year.\n")
        began = time.monotonic()
        reply = laptop.ask("How many days of leave?")
    finally:
        laptop.close()

    assert reply.outcome.answered_by == "quoting"
    assert "tiny did not answer in time" in reply.text
    assert time.monotonic() - began < 10


def test_an_answer_that_is_killed_amid_is_told_in_plain_words(tmp_path, make) -> None:
    endless = tiny_model.write_model(tmp_path / "endless.gguf", tiny_model.ENDLESS)
    model = make(endless, model_answer_tokens=4000)
    pieces = model.speak([{"role": "user", "content": "Hi"}])
    next(pieces)
    process_of(model).kill()

    with pytest.raises(ModelUnavailableError, match="ended or hung amid"):
        list(pieces)


def test_an_endless_answer_is_cut_off(tmp_path, make) -> None:
    endless = tiny_model.write_model(tmp_path / "endless.gguf", tiny_model.ENDLESS)

    assert len(said(make(endless)).split()) == 160


def test_a_prompt_that_is_too_long_is_refused_and_the_next_one_answered(file, make) -> None:
    model = make(file)
    with pytest.raises(ModelUnavailableError, match=r"\(400\)"):
        list(model.speak([{"role": "user", "content": "too long " * 1000}]))

    assert said(model) == SAYS


def test_one_process_serves_all_who_use_the_file_and_ends_with_the_last(file, make) -> None:
    one, other = make(file), make(file, "another name")
    assert (one.name, other.name) == ("tiny", "another name")
    assert said(one) == said(other) == SAYS
    pid = one.pid
    assert pid == other.pid
    one.close()
    one.close()
    assert said(other) == SAYS
    other.close()

    assert gone(pid)


def test_a_closed_model_says_so(file, make) -> None:
    model = make(file)
    model.close()

    with pytest.raises(ModelUnavailableError, match="was closed"):
        said(model)


@pytest.mark.parametrize("content", [b"", b"GGU", b"PK\x03\x04 a zip file"])
def test_a_file_that_is_no_model_is_refused_at_once(tmp_path, make, content) -> None:
    (tmp_path / "not.gguf").write_bytes(content)
    with pytest.raises(InvalidConfigurationError, match="no GGUF file"):
        make(tmp_path / "not.gguf")
    with pytest.raises(InvalidConfigurationError, match="no model file"):
        make(tmp_path / "missing.gguf")


def test_a_damaged_file_leaves_quoting(tmp_path, file, make) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(file.read_bytes()[:4000])
    model = make(damaged)
    for _ in range(2):
        with pytest.raises(ModelUnavailableError, match="cannot be started on this machine"):
            said(model)

    assert model.pid is None


def test_a_question_that_is_given_up_leaves_the_next_one_its_turn(tmp_path, make) -> None:
    endless = tiny_model.write_model(tmp_path / "endless.gguf", tiny_model.ENDLESS)
    model = make(endless)
    for _ in range(3):
        pieces = model.speak([{"role": "user", "content": "Hi"}])
        next(pieces)
        pieces.close()

    assert said(model)


def test_questions_at_a_time_are_all_answered(file, make) -> None:
    model, answers = make(file), []
    threads = [threading.Thread(target=lambda: answers.append(said(model))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [SAYS] * 4


def test_a_setting_names_the_file_and_words_check_what_it_says(file) -> None:
    settings = Settings(model=str(file))
    model = model_of(settings)
    assert isinstance(model, LocalGenerator)
    try:
        assert model.name == "tiny"
        assert verifier_of(settings, model).name == "words"
        asked = Settings(model=str(file), verifier="model")
        assert verifier_of(asked, model).name == "model"
    finally:
        model.close()


def test_a_name_that_was_not_fetched_says_how_to_fetch_it(tmp_path, file) -> None:
    settings = Settings(model="some-model", base_models=tmp_path)
    with pytest.raises(InvalidConfigurationError, match="wellread models get some-model"):
        model_of(settings)
    file.rename(tmp_path / "some-model.gguf")
    model = model_of(settings)
    assert isinstance(model, LocalGenerator)
    model.close()


def test_passages_are_cut_to_what_a_small_model_takes(file, make) -> None:
    def characters(model: LocalGenerator) -> int:
        asked: list[str] = []
        model.speak = lambda messages: iter(asked.extend(m["content"] for m in messages) or ())  # type: ignore[method-assign]
        list(model.generate(Prompt("How?", "How?", (long_passage(),), Mode.RAG)))
        return sum(map(len, asked))

    short, longer = characters(make(file)), characters(make(file, model_passage_characters=6000))

    assert 2400 < short < 4000
    assert longer - short == pytest.approx(3600, abs=10)


def long_passage():
    from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId

    chunk = Chunk(0, 0, 9000, "words and " * 900, "Title")
    return Passage(DocumentId("long.md"), RevisionId("1"), "w", chunk, score=1.0, cosine=0.5)


@posix_only
@pytest.mark.parametrize("state", ["running", "stopped"])
@pytest.mark.parametrize("killed_by", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_its_parent(file, killed_by, state) -> None:
    if state == "stopped" and sys.platform != "linux":
        pytest.skip("only Linux ends a stopped process with its parent")
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_MODEL, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with parent:
        assert parent.stdout is not None
        *answer, child = parent.stdout.readline().split()
        assert " ".join(answer) == SAYS
        if state == "stopped":
            os.kill(int(child), signal.SIGSTOP)
        parent.send_signal(killed_by)
        parent.wait()

    wait_until(lambda: gone(int(child)))
