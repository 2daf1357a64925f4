"""The laptop host as a person runs it: processes, signals, real files, the packaged embedder."""

from __future__ import annotations

import json
import random
import socket
import sqlite3
import time

import httpx
import pytest

from tests.e2e.serving import Serving

pytestmark = pytest.mark.slow

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


def test_a_file_dropped_while_it_runs_is_answered_over_http_and_beside_the_host(
    serving: Serving,
) -> None:
    serving.start()
    assert serving.lines[-2:] == [serving.url, "READY"]
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.wait_until_indexed("leave.md")

    answer = httpx.post(
        f"{serving.url}/v1/ask", json={"question": "How many days of leave are there?"}
    ).json()
    assert answer["citations"][0]["document"] == "leave.md"
    assert "thirty days" in answer["answer"]
    opened = httpx.get(f"{serving.url}{answer['citations'][0]['link']}")
    assert opened.status_code == 200

    beside = serving.run("ask", "How many days of leave are there?", "--json")
    assert json.loads(beside.stdout)["citations"][0]["document"] == "leave.md"
    assert serving.status()["indexed"] == 1
    assert serving.status()["serving"]
    assert serving.terminate() == 0
    assert not serving.status()["serving"]


def test_asking_in_the_terminal_prints_the_answer_and_its_source(serving: Serving) -> None:
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.start()
    serving.wait_until_indexed("leave.md")
    printed = serving.run("ask", "How many days of leave are there?").stdout

    assert "thirty days" in printed
    assert "[1] leave.md" in printed


def test_a_second_host_on_the_same_data_folder_is_refused(serving: Serving) -> None:
    serving.start()
    second = Serving(serving.data).spawn()
    said, _ = second.communicate(timeout=60)

    assert second.returncode == 2
    assert "Another wellread is serving the data folder" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_said_with_the_switch_that_helps(serving: Serving) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", serving.port))
        taken.listen()
        process = serving.spawn()
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    assert f"{serving.port}" in said
    assert "--port" in said
    assert "Traceback" not in said
    assert not serving.data.exists()


@pytest.mark.parametrize("kind", ["documents", "data"])
def test_a_file_in_place_of_a_folder_is_said(serving: Serving, kind: str) -> None:
    folder = serving.documents if kind == "documents" else serving.data
    if folder.exists():
        folder.rmdir()
    folder.write_text("a file, not a folder")
    process = serving.spawn()
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    assert f"is a file, not a folder. Name the {kind} folder with --{kind}." in said
    assert "Traceback" not in said


def test_asking_without_a_knowledge_base_says_how_to_start_one(serving: Serving) -> None:
    done = serving.run("ask", "Anything?")

    assert done.returncode == 2
    assert "wellread serve" in done.stderr


@pytest.mark.parametrize("command", [("ask", "Anything?"), ("status",)])
def test_a_broken_database_file_is_said_with_what_to_do(
    serving: Serving, command: tuple[str, ...]
) -> None:
    serving.data.mkdir()
    (serving.data / "wellread.sqlite").write_bytes(b"this is not a database" * 100)
    done = serving.run(*command)

    assert done.returncode == 2
    assert "wellread.sqlite" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_of_a_newer_wellread_is_refused(serving: Serving) -> None:
    serving.start()
    serving.terminate()
    with sqlite3.connect(serving.data / "wellread.sqlite") as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    done = serving.run("status")

    assert done.returncode == 2
    assert "newer" in done.stderr


@pytest.mark.parametrize("question", ["", "x" * 100_000])
def test_a_question_that_cannot_be_asked_is_refused_in_the_terminal(
    serving: Serving, question: str
) -> None:
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.start()
    done = serving.run("ask", question)

    assert done.returncode == 2
    assert "question" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_folder_served_last_is_served_again(serving: Serving) -> None:
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.start()
    serving.wait_until_indexed("leave.md")
    serving.terminate()
    serving.start()

    assert set(serving.documents_over_http()) == {"leave.md"}


def test_a_folder_that_was_refused_is_not_the_one_served_next(serving: Serving) -> None:
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.start()
    serving.wait_until_indexed("leave.md")
    serving.terminate()
    around = serving.data.parent  # holds the data folder, so it cannot be the documents folder
    refused = serving.run("serve", "--documents", str(around), "--port", str(serving.port))
    assert refused.returncode == 2
    assert "inside the documents folder" in refused.stderr

    assert serving.status()["indexed"] == 1


def test_a_name_with_a_line_break_and_right_to_left_marks_stays_on_one_line(
    serving: Serving,
) -> None:
    name, shown_as = "two\nlines \u202egnp.md", r"two\nlines \u202egnp.md"
    (serving.documents / name).write_text(LEAVE)
    serving.start()
    serving.wait_until_indexed(shown_as)
    listed = serving.run("documents", "list").stdout

    assert len(listed.splitlines()) == 1
    assert "\u202e" not in listed
    for given in (name, shown_as):
        shown = json.loads(serving.run("documents", "show", given).stdout)
        assert shown["document"] == shown_as


def test_killed_at_any_moment_it_finds_everything_again(serving: Serving) -> None:
    dice = random.Random(7)
    files: dict[str, str] = {}

    def drop(number: int) -> None:
        name = f"note-{number}.md"
        files[name] = f"mark{number}"
        sections = "".join(f"# Part {n}\n\n{'Some words. ' * 60}\n\n" for n in range(20))
        (serving.documents / name).write_text(f"# Note\n\nThe mark is mark{number}.\n\n{sections}")

    for round_ in range(4):
        for number in range(3):
            drop(10 * round_ + number)
        serving.start()
        received = set(serving.documents_over_http())
        time.sleep(dice.uniform(0.0, 2.5))
        received |= set(serving.documents_over_http())
        serving.kill()
        if round_ == 2:
            (serving.documents / "note-0.md").unlink()
            del files["note-0.md"]
            drop(1)
        assert received <= {f"note-{n}.md" for n in range(100)}
    serving.start()
    serving.wait_until_indexed(*files)

    assert set(serving.documents_over_http()) == set(files)
    for name, mark in list(files.items())[:4]:
        answer = httpx.post(
            f"{serving.url}/v1/ask", json={"question": f"Which note says the mark is {mark}?"}
        ).json()
        assert answer["citations"][0]["document"] == name


def test_a_mistyped_documents_folder_is_refused_and_the_index_kept(serving: Serving) -> None:
    (serving.documents / "leave.md").write_text(LEAVE)
    serving.start()
    serving.wait_until_indexed("leave.md")
    serving.terminate()
    mistyped = Serving(serving.data)
    mistyped.documents = serving.documents.with_name("documnets")
    process = mistyped.spawn()
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "documnets" in said
    assert not mistyped.documents.exists()
    assert serving.status()["indexed"] == 1
