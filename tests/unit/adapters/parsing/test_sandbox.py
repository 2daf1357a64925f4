"""The child process: limited, watched, replaced; the parent always gets a typed answer."""

from __future__ import annotations

import ast
import io
import os
import signal
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from wellread.adapters.parsing import sandbox
from wellread.adapters.parsing.limits import MIB, ParseLimits
from wellread.adapters.parsing.sandbox import SandboxedParser
from wellread.adapters.parsing.wire import Result, read_job, read_result, write_job, write_result
from wellread.domain.documents import Heading, PageSpan, ParsedText
from wellread.domain.errors import DocumentError, FailureCode

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and RLIMIT are POSIX")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")


@pytest.fixture
def parser() -> Iterator[SandboxedParser]:
    with SandboxedParser() as made:
        yield made


def failure(parser: SandboxedParser, name: str, data: bytes) -> FailureCode:
    with pytest.raises(DocumentError) as caught:
        parser.parse(name, data)
    return caught.value.code


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def child_that(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: str) -> None:
    """Let the next child read its job and then behave like that."""
    script = tmp_path / "child.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "from wellread.adapters.parsing.wire import read_job\n"
        "job = read_job(sys.stdin.buffer)\n" + behaviour,
        encoding="utf-8",
    )
    monkeypatch.setattr(sandbox, "_CHILD", (str(script),))


def test_a_file_is_parsed_in_another_process(parser: SandboxedParser) -> None:
    before = children()
    parsed = parser.parse("a.md", b"# Leave\r\n\r\nThirty days.")
    assert parsed == ParsedText(
        "# Leave\n\nThirty days.", "Leave", (Heading(1, "Leave", 0),), media_type="text/markdown"
    )
    assert len(children() - before) == 1


def test_a_warm_child_reads_many_files(parser: SandboxedParser) -> None:
    parser.parse("a.txt", b"one")
    before = children()
    assert [parser.parse("a.txt", f"n {n}".encode()).text for n in range(20)] == [
        f"n {n}" for n in range(20)
    ]
    assert children() == before


def test_failures_arrive_with_their_words(parser: SandboxedParser) -> None:
    with pytest.raises(DocumentError) as caught:
        parser.parse("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100)
    assert caught.value.code is FailureCode.UNSUPPORTED
    assert "OCR" in caught.value.fix


def test_closing_ends_every_child() -> None:
    parser = SandboxedParser()
    before = children()
    parser.parse("a.txt", b"one")
    started = children() - before
    parser.close()
    assert started
    assert not any(psutil.pid_exists(pid) for pid in started)
    assert parser.parse("a.txt", b"still works").text == "still works"
    assert children() <= before


def test_files_that_are_too_large_or_hold_nothing_start_no_process() -> None:
    before = children()
    with SandboxedParser(ParseLimits(max_bytes=10)) as parser:
        assert failure(parser, "a.txt", b"12345678901") is FailureCode.TOO_LARGE
        assert failure(parser, "a.txt", b"") is FailureCode.EMPTY
        assert children() == before


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_is_read() -> None:
    with SandboxedParser(ParseLimits(wall_seconds=0.5)) as parser:
        started = time.monotonic()
        slow = b"\n".join([b"# heading %d" % n for n in range(2_000_000)])
        assert failure(parser, "a.md", slow) is FailureCode.TOO_SLOW
        assert time.monotonic() - started < 20
        assert parser.parse("a.txt", b"next").text == "next"


@linux_only
def test_cpu_time_is_limited_for_each_file_anew() -> None:
    with SandboxedParser(ParseLimits(cpu_seconds=1)) as parser:
        slow = b"\n".join([b"# heading %d" % n for n in range(2_000_000)])
        assert failure(parser, "a.md", slow) is FailureCode.TOO_SLOW
        work = b"\n".join([b"# heading %d" % n for n in range(50_000)])
        for _ in range(8):
            assert parser.parse("a.md", work).title == "heading 0"


def flate_bomb(size: int) -> bytes:
    packed = zlib.compress(b" " * size, 9)
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n" % (len(packed), packed)
    )


@pytest.mark.slow
def test_a_file_that_unpacks_beyond_the_memory_limit_is_stopped() -> None:
    with SandboxedParser(ParseLimits(memory_bytes=160 * MIB)) as parser:
        measured = parser.measure("a.pdf", flate_bomb(400_000_000))
        assert isinstance(measured.outcome, DocumentError)
        assert measured.outcome.code is FailureCode.TOO_COMPLEX
        assert measured.peak_rss_bytes < 240 * MIB
        assert parser.parse("a.txt", b"next").text == "next"


def test_more_text_than_the_limit_is_refused() -> None:
    with SandboxedParser(ParseLimits(max_characters=100)) as parser:
        assert failure(parser, "a.txt", b"word " * 30) is FailureCode.TOO_COMPLEX
        html = b"<html><body>" + b"<p>word</p>" * 30
        assert failure(parser, "a.html", html) is FailureCode.TOO_COMPLEX


@posix_only
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SIGSEGV", FailureCode.DAMAGED),
        ("SIGABRT", FailureCode.TOO_COMPLEX),
        ("SIGKILL", FailureCode.TOO_COMPLEX),
        ("SIGXCPU", FailureCode.TOO_SLOW),
    ],
)
def test_a_child_that_dies_of_a_file_is_a_failure_of_that_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, code: FailureCode
) -> None:
    child_that(monkeypatch, tmp_path, f"os.kill(os.getpid(), signal.{name})")
    with SandboxedParser() as parser:
        assert failure(parser, "a.txt", b"words") is code
        monkeypatch.undo()
        assert parser.parse("a.txt", b"next").text == "next"


@pytest.mark.parametrize(
    "behaviour",
    [
        "sys.exit(3)",
        "sys.stdout.buffer.write(b'nonsense' * 5)",
        "sys.stdout.buffer.write(bytes(7) + b'\\x02' + bytes(8) + b'{}')",
    ],
)
def test_a_child_that_says_nothing_sensible_is_an_internal_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, behaviour: str
) -> None:
    child_that(monkeypatch, tmp_path, behaviour)
    with SandboxedParser() as parser:
        assert failure(parser, "a.txt", b"words") is FailureCode.INTERNAL


def test_a_child_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child_that(monkeypatch, tmp_path, "time.sleep(600)")
    with SandboxedParser(ParseLimits(wall_seconds=0.3)) as parser:
        assert failure(parser, "a.txt", b"words") is FailureCode.TOO_SLOW


@posix_only
def test_an_idle_child_that_was_ended_from_outside_costs_no_file(parser: SandboxedParser) -> None:
    before = children()
    parser.parse("a.txt", b"one")
    for pid in children() - before:
        os.kill(pid, signal.SIGTERM)
        psutil.wait_procs([psutil.Process(pid)], timeout=5)
    assert parser.parse("a.txt", b"two").text == "two"


@posix_only
def test_a_child_ignores_the_keyboard_s_interrupt(parser: SandboxedParser) -> None:
    before = children()
    parser.parse("a.txt", b"one")
    started = children() - before
    for pid in started:
        os.kill(pid, signal.SIGINT)
    assert parser.parse("a.txt", b"two").text == "two"
    assert children() - before == started


@linux_only
def test_a_child_sees_no_variables_of_ours(
    monkeypatch: pytest.MonkeyPatch, parser: SandboxedParser
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    before = children()
    parser.parse("a.txt", b"one")
    (pid,) = children() - before
    names = set(psutil.Process(pid).environ())
    assert "AWS_SECRET_ACCESS_KEY" not in names
    of_the_allocator = {name for name in names if name.startswith("MALLOC_")}
    assert names - of_the_allocator <= {"PYTHONPATH", "PYTHONUTF8", "LC_CTYPE",
                                        *sandbox._INTERPRETER_VARIABLES}  # fmt: skip


def test_a_child_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import os, psutil\n"
        "from wellread.adapters.parsing.sandbox import SandboxedParser\n"
        "parser = SandboxedParser()\n"
        "parser.parse('a.txt', b'words')\n"
        "print(psutil.Process().children()[0].pid, flush=True)\n"
        "os._exit(1)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_several_threads_share_a_small_pool() -> None:
    limits = ParseLimits(processes=2)
    before = children()
    most = 0
    lock = threading.Lock()
    with SandboxedParser(limits) as parser:

        def parse(number: int) -> str:
            nonlocal most
            text = parser.parse("a.txt", f"text {number} ".encode() * 2000).text
            with lock:
                most = max(most, len(children() - before))
            return text[: text.index(" ", 5)]

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(parse, range(40)))
    assert results == [f"text {number}" for number in range(40)]
    assert 1 <= most <= 2


def test_a_measurement_tells_time_and_memory(parser: SandboxedParser) -> None:
    measured = parser.measure("a.txt", b"words", fresh=True)
    assert isinstance(measured.outcome, ParsedText)
    assert 0 < measured.seconds < 60
    if sys.platform == "linux":
        assert MIB < measured.peak_rss_bytes < 200 * MIB


def test_results_survive_the_wire() -> None:
    parsed = ParsedText(
        "Ü 漢\n| a |", "T", (Heading(2, "h", 1),), (PageSpan(3, 0, 4),), 1, (2, 5), "text/x"
    )
    error = DocumentError(FailureCode.ENCODING, "Because.", "Do so.")
    stream = io.BytesIO()
    write_result(stream, Result(parsed, 7))
    write_result(stream, Result(error))
    write_job(stream, "a\udcff.txt", b"\x00\xff", ParseLimits())
    stream.seek(0)
    assert read_result(stream) == Result(parsed, 7)
    failed = read_result(stream)
    assert failed is not None
    assert isinstance(failed.outcome, DocumentError)
    assert (failed.outcome.code, failed.outcome.reason, failed.outcome.fix) == (
        FailureCode.ENCODING,
        "Because.",
        "Do so.",
    )
    assert read_job(stream) == ("a\udcff.txt", b"\x00\xff", ParseLimits())
    assert read_job(stream) is None


def test_no_part_of_the_sandbox_uses_pickle(repository: Path) -> None:
    folder = repository / "layers" / "core" / "wellread" / "adapters" / "parsing"
    imported = {
        name.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert "struct" in imported
    assert not imported & {"pickle", "marshal", "shelve", "multiprocessing"}


def test_the_parent_imports_no_parser(repository: Path) -> None:
    import subprocess

    code = "import sys, wellread.adapters.parsing.sandbox; print(*sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
    ).stdout.split()
    assert "wellread.adapters.parsing.sandbox" in loaded
    assert not {"pypdfium2", "undoc", "selectolax", "openpyxl", "charset_normalizer"} & set(loaded)
