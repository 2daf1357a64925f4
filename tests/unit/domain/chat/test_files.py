"""Names of files that people give to the bot are untrusted, and some are refused at once."""

from __future__ import annotations

import pytest

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person, SharedFile
from wellread.domain.chat.files import (
    PendingFile,
    conversation_of,
    folder_of,
    kept_apart,
    problem_of,
    safe_name,
)
from wellread.domain.knowledge.documents import is_document_key


def file(name: str, size: int = 10, problem: str = "") -> SharedFile:
    return SharedFile("F1", name, size, "https://files", problem)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan.md", "plan.md"),
        ("Über uns.pdf", "Über uns.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "file"),
        ("a/b\\c.md", "a_b_c.md"),
        (".hidden.md", "hidden.md"),
        ("~$lock.docx", "$lock.docx"),
        ("inv\u202efdp.md", "invfdp.md"),
        ("two\nlines\x00.md", "two lines.md"),
        ("", "file"),
        ("\u200b", "file"),
    ],
)
def test_a_name_becomes_a_part_of_a_key_that_leads_nowhere_else(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert is_document_key(safe_name(name))


@pytest.mark.parametrize("name", ["ü" * 5_000 + ".pdf", "a." + "b" * 5_000, "x" * 5_000])
def test_a_long_name_is_cut_and_keeps_its_suffix(name: str) -> None:
    assert len(safe_name(name).encode()) < 200
    assert safe_name("ü" * 5_000 + ".pdf").endswith("ü.pdf")


def test_two_files_of_one_name_are_kept_apart_by_what_is_only_theirs() -> None:
    assert kept_apart("plan.md", "F2") == "plan-F2.md"
    assert kept_apart("plan", "../F2") == "plan-_F2"


def test_a_conversation_s_folder_holds_nobody_else_s() -> None:
    assert folder_of("slack", "T1", "D1") == "chat/slack/T1/D1/"
    assert folder_of("teams", "a/b", "19:x@y") == "chat/teams/a%2Fb/19%3Ax%40y/"
    assert conversation_of("chat/slack/T1/D1/plan.md") == ("slack", "T1", "D1")
    for key in ("chat/slack/T1/plan.md", "hr/slack/T1/D1/plan.md", "plan.md"):
        assert conversation_of(key) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (file("plan.md", size=2_000_001), "larger than wellread reads. The most is 2 MB."),
        (file("photo.PNG"), "not supported"),
        (file("song.mp3"), "not supported"),
        (file("all.zip"), "not supported"),
        (file("all.tar.gz"), "not supported"),
        (file("tool.exe"), "not supported"),
        (file("deck.key"), "not supported"),
        (file("plan.md.metadata.json"), "of this name is not taken in"),
        (file("plan.md", problem="It lies with another service."), "It lies with another service."),
    ],
)
def test_what_cannot_be_taken_is_refused_with_cause_and_fix(given: SharedFile, words: str) -> None:
    problem = problem_of(given, 2_000_000)
    assert words in problem
    assert given.problem or ("Send it" in problem or "Split it" in problem)


@pytest.mark.parametrize(
    "name", ["plan.md", "a.pdf", "b.docx", "c.csv", "mail.eml", "README", "setup.py", "x.json"]
)
def test_what_may_be_read_is_asked_about(name: str) -> None:
    assert problem_of(file(name), 2_000_000) == ""


def test_a_pending_file_comes_back_from_its_note() -> None:
    pending = PendingFile(
        file("pl\ud800n.md"), Person("slack", "T1", "U1"), Place("slack", "T1", "D1", "1"), "k"
    )
    assert PendingFile.of_note(pending.as_note) == pending
