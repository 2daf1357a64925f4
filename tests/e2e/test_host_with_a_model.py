"""The laptop host with a model that it runs itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from tests.e2e.serving import Serving

pytestmark = pytest.mark.slow
pytest.importorskip("xllamacpp", reason="needs the extra llm")
tiny_model = pytest.importorskip("tests.tiny_model", reason="needs the extra llm")

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"
SAYS = "Everyone has thirty days of leave a year [1]."


def ask(serving: Serving) -> dict[str, object]:
    asked = {"question": "How many days of leave does everyone have?"}
    reply: dict[str, object] = httpx.post(
        f"{serving.url}/v1/ask", json=asked, timeout=60, trust_env=False
    ).json()
    return reply


def child_of(serving: Serving) -> psutil.Process:
    """The process that holds the model."""
    assert serving.process is not None
    held = [
        each
        for each in psutil.Process(serving.process.pid).children(recursive=True)
        if "wellread.adapters.llama.child" in each.cmdline()
    ]
    assert len(held) == 1
    return held[0]


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


@pytest.mark.skipif(os.name != "posix", reason="stops processes with POSIX signals")
def test_it_answers_again_after_its_process_was_killed_and_leaves_none_behind(
    serving: Serving, tmp_path: Path
) -> None:
    file = tiny_model.write_model(tmp_path / "reader.gguf", SAYS)
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.start(WELLREAD_MODEL=str(file), WELLREAD_MODEL_FIRST_TOKEN_SECONDS="5")
    serving.wait_until_indexed("leave.md")

    first = ask(serving)
    killed = child_of(serving)
    killed.kill()
    wait_until(lambda: not killed.is_running() or killed.status() == psutil.STATUS_ZOMBIE)
    second = ask(serving)
    stopped = child_of(serving)
    stopped.send_signal(signal.SIGSTOP)
    third = ask(serving)
    last = child_of(serving)

    assert first["answered_by"] == second["answered_by"] == third["answered_by"] == "reader"
    assert "thirty days" in str(first["answer"])
    assert last.pid not in (killed.pid, stopped.pid)
    assert serving.terminate() == 0
    wait_until(lambda: not last.is_running() and not stopped.is_running())
