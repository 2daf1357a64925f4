"""A host that is killed in mid-answer, again and again, loses no question and no thread's order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.chat_desk import Spot, person
from tests.laptop import Laptop
from wellread.domain.chat.events import QuestionAsked

ROOT = Path(__file__).resolve().parents[3]
THREADS = 6
QUESTIONS = 5

HOST = """
import json, os, signal, sys, threading
from pathlib import Path

from tests.laptop import Laptop
from wellread.local.host import LocalHost
from wellread.local.queue_work import question_work

folder = Path(sys.argv[1])
laptop = Laptop(folder / "data")
writing = threading.Lock()


def answer(event, context):
    name = json.loads(event["Records"][0]["body"])["key"]["message"]
    deadly = folder / f"deadly-{name}"
    if deadly.exists() and deadly.read_text() == "before":
        deadly.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    with writing, open(folder / "answered", "a") as file:
        file.write(name + chr(10))
    if deadly.exists():
        deadly.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"batchItemFailures": []}


host = LocalHost(laptop.services, work=[question_work(laptop.services, answer)])
host.start()
while not host.idle():
    threading.Event().wait(0.02)
host.stop()
"""


def test_questions_are_answered_in_turn_however_often_the_host_is_killed(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data")
    names = [f"{thread}-{n}" for n in range(QUESTIONS) for thread in range(THREADS)]
    for name in names:
        spot = Spot().in_thread(name.split("-")[0])
        laptop.adapters.questions.put(
            QuestionAsked(
                spot.key(name), spot.place, person(), False, False, f"c-{name}", 1.0, "Who?"
            )
        )
    laptop.close()
    for name, moment in (("0-1", "before"), ("2-2", "after"), ("5-4", "after")):
        (tmp_path / f"deadly-{name}").write_text(moment)

    ends = []
    while len(ends) < 5 and ends[-1:] != [0]:
        child = subprocess.run(
            [sys.executable, "-c", HOST, str(tmp_path)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT / 'layers' / 'core'}{os.pathsep}{ROOT}"},
            capture_output=True,
            timeout=60,
            check=False,
        )
        ends.append(child.returncode)

    assert ends[-1] == 0, child.stderr.decode()
    assert len(ends) > 1
    assert not list(tmp_path.glob("deadly-*"))
    answered = list(dict.fromkeys((tmp_path / "answered").read_text().split()))
    assert sorted(answered) == sorted(names)
    for thread in range(THREADS):
        of_thread = [name for name in answered if name.startswith(f"{thread}-")]
        assert of_thread == [f"{thread}-{n}" for n in range(QUESTIONS)]
