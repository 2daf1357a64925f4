"""The child process: limited, watched, replaced; the parent always gets a typed answer."""

from __future__ import annotations

import ast
import contextlib
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

from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.adapters.parsing.confined.wire import (
    Job,
    Result,
    read_job,
    read_result,
    write_job,
    write_result,
)
from wellread.domain.knowledge.documents import Heading, PageSpan, ParsedText
from wellread.domain.knowledge.errors import FAILURE_WORDS, DocumentError, FailureCode

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


def child_that(tmp_path: Path, behaviour: str) -> tuple[str, ...]:
    """Let the files of the next child take their reader over, and behave like that."""
    script = tmp_path / "child.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "from wellread.adapters.parsing import dispatch\n"
        "from wellread.adapters.parsing.confined import child\n"
        "from wellread.adapters.parsing.confined.confinement import Confinement\n"
        "from wellread.adapters.parsing.confined.wire import Result, read_job, write_result\n"
        "from wellread.domain.knowledge.documents import ParsedText\n"
        "harmless = dispatch.parse_document\n"
        "def say(words):\n"
        "    for descriptor in range(3, 12):\n"
        "        try:\n"
        "            os.write(descriptor, words)\n"
        "        except OSError:\n"
        "            pass\n"
        "    os._exit(0)\n"
        "def parse_document(name, *rest):\n"
        "    if name != 'trial':\n"
        f"        {behaviour}\n"
        "    return harmless(name, *rest)\n"
        "dispatch.parse_document = parse_document\n"
        "child.main(sys.argv[1:])\n",
        encoding="utf-8",
    )
    return (str(script),)


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


@linux_only
@pytest.mark.parametrize("behaviour", ["time.sleep(600)", "return harmless(name, *rest)"])
def test_no_reader_outlives_its_child(tmp_path: Path, behaviour: str) -> None:
    before = set(psutil.Process().children(recursive=True))
    child = child_that(tmp_path, behaviour)
    with SandboxedParser(child=child, limits=ParseLimits(wall_seconds=1)) as parser:
        with contextlib.suppress(DocumentError):
            parser.parse("a.txt", b"one")
        left = set(psutil.Process().children(recursive=True)) - before
    _, alive = psutil.wait_procs(list(left), timeout=10)
    assert not alive


def test_files_that_are_too_large_or_hold_nothing_start_no_process() -> None:
    before = children()
    with SandboxedParser(ParseLimits(max_bytes=10)) as parser:
        assert failure(parser, "a.txt", b"12345678901") is FailureCode.TOO_LARGE
        assert failure(parser, "a.txt", b"") is FailureCode.EMPTY
        assert children() == before


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_is_read() -> None:
    with SandboxedParser(ParseLimits(wall_seconds=0.5)) as parser:
        started = time.monotonic()
        slow = b"\n".join([b"# heading %d" % n for n in range(400_000)])
        assert failure(parser, "a.md", slow) is FailureCode.TOO_SLOW
        assert time.monotonic() - started < 20
        assert parser.parse("a.txt", b"next").text == "next"


@linux_only
def test_cpu_time_is_limited_for_each_file_anew() -> None:
    with SandboxedParser(ParseLimits(cpu_seconds=1)) as parser:
        slow = b"\n".join([b"# heading %d" % n for n in range(1_500_000)])
        assert failure(parser, "a.md", slow) is FailureCode.TOO_SLOW
        work = b"\n".join([b"# heading %d" % n for n in range(20_000)])
        for _ in range(4):
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
        measured = parser.measure("a.pdf", flate_bomb(240_000_000))
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
    tmp_path: Path, name: str, code: FailureCode
) -> None:
    child = child_that(tmp_path, f"name == 'a.txt' and signal.raise_signal(signal.{name})")
    with SandboxedParser(child=child) as parser:
        assert failure(parser, "a.txt", b"words") is code
        assert parser.parse("b.txt", b"next").text == "next"


@pytest.mark.parametrize(
    "behaviour",
    [
        "sys.exit(3)",
        "say(b'nonsense' * 5)",
        "say(bytes(7) + b'\\x02' + bytes(8) + b'{}')",
        "say(bytes(5) + b'\\x01' + bytes(10) + b'[' * 65536)",
        "say(b'\\x7f' * 16)",
    ],
)
def test_a_child_that_says_nothing_sensible_is_an_internal_failure(
    tmp_path: Path, behaviour: str
) -> None:
    child = child_that(tmp_path, behaviour)
    with SandboxedParser(child=child) as parser:
        assert failure(parser, "a.txt", b"words") is FailureCode.INTERNAL


def test_a_child_that_hangs_is_killed(tmp_path: Path) -> None:
    child = child_that(tmp_path, "time.sleep(600)")
    with SandboxedParser(child=child, limits=ParseLimits(wall_seconds=0.3)) as parser:
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


def test_a_child_sees_no_variables_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    child = child_that(tmp_path, "return ParsedText(' '.join(os.environ))")
    with SandboxedParser(child=child) as parser:
        names = set(parser.parse("a.txt", b"one").text.split())
    assert "AWS_SECRET_ACCESS_KEY" not in names
    of_the_allocator = {name for name in names if name.startswith("MALLOC_")}
    assert "PYTHONPATH" in names
    of_the_interpreter = {"PYTHONPATH", "PYTHONUTF8", "PYTHONHOME", "LC_CTYPE", "SYSTEMROOT"}
    of_the_loader = {"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    assert names - of_the_allocator <= of_the_interpreter | of_the_loader


@linux_only
def test_every_file_is_read_by_a_process_that_has_read_no_other(tmp_path: Path) -> None:
    child = child_that(tmp_path, "return ParsedText(str(os.getpid()))")
    with SandboxedParser(child=child) as parser:
        readers = {parser.parse("a.txt", b"one").text for _ in range(5)}
    assert len(readers) == 5


@linux_only
@pytest.mark.slow
def test_a_reader_that_ignores_its_limit_and_goes_on_is_ended_by_the_system(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    burn = (
        "signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
        "        def burn(*words):\n"
        "            answer(*words)\n"
        "            while True: pass\n"
        "        globals().update(answer=child.write_result); child.write_result = burn"
    )
    child = child_that(tmp_path, burn)
    with SandboxedParser(child=child, limits=ParseLimits(cpu_seconds=1)) as parser:
        assert parser.parse("a.txt", b"one").text == "one"
        left = set(psutil.Process().children(recursive=True)) - before
        _, alive = psutil.wait_procs(list(left), timeout=60)
        assert not alive


@linux_only
def test_a_reader_that_stays_after_its_file_sees_no_other(tmp_path: Path) -> None:
    child = child_that(
        tmp_path,
        "globals().update(answer=child.write_result); child.write_result = stay",
    )
    script = tmp_path / "child.py"
    stay = (
        "def stay(results, result, ticket):\n"
        "    answer(results, result, ticket)\n"
        "    job = read_job(sys.stdin.buffer)\n"
        "    answer(results, Result(ParsedText('stolen')), job.ticket)\n"
    )
    script.write_text(stay + script.read_text("utf-8"), encoding="utf-8")
    with SandboxedParser(child=child) as parser:
        assert parser.parse("a.txt", b"one").text == "one"
        assert parser.parse("a.txt", b"two").text == "two"


def test_a_child_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    import subprocess

    code = (
        "import os, psutil\n"
        "from wellread.adapters.parsing.confined.sandbox import SandboxedParser\n"
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
    job = Job("a\udcff.txt", b"\x00\xff", ParseLimits(), "ticket")
    stream = io.BytesIO()
    write_result(stream, Result(parsed, 7), job.ticket)
    write_result(stream, Result(error), job.ticket)
    write_job(stream, job)
    stream.seek(0)
    assert read_result(stream, job) == Result(parsed, 7)
    failed = read_result(stream, job)
    assert failed is not None
    assert isinstance(failed.outcome, DocumentError)
    assert (failed.outcome.code, failed.outcome.reason, failed.outcome.fix) == (
        FailureCode.ENCODING,
        "Because.",
        "Do so.",
    )
    assert read_job(stream) == job
    assert read_job(stream) is None


@pytest.mark.parametrize(
    "parsed",
    [
        ParsedText("words", title=7),  # type: ignore[arg-type]
        ParsedText("words", media_type=None),  # type: ignore[arg-type]
        ParsedText("words", tables=-1),
        ParsedText("words", tables=10**30),
        ParsedText("words", headings=(Heading(1, "h", 6),)),
        ParsedText("words", headings=(Heading(1, "h", 4), Heading(1, "h", 2))),
        ParsedText("words", headings=(Heading("1", "h", 4),)),  # type: ignore[arg-type]
        ParsedText("words", pages=(PageSpan(1, 0, 9),)),
        ParsedText("words", pages=(PageSpan(1, 3, 1),)),
        ParsedText("words", pages=(PageSpan(1, 0, 3), PageSpan(2, 2, 5))),
        ParsedText("words", unreadable_pages=("1",)),  # type: ignore[arg-type]
        ParsedText("words", unreadable_pages=7),  # type: ignore[arg-type]
        ParsedText("more words than the limit"),
        DocumentError(FailureCode.DAMAGED, "x" * 5000, "fix"),
        DocumentError(FailureCode.DAMAGED, ["reason"], "fix"),  # type: ignore[arg-type]
        DocumentError(FailureCode.DAMAGED, "See evil.example for help.", "fix"),
        DocumentError(FailureCode.DAMAGED, "reason", "<https://evil.example|Help>"),
        DocumentError(FailureCode.DAMAGED, "reason", "Ask @somebody."),
        DocumentError(FailureCode.DAMAGED, "reason\u202e", "fix"),
    ],
    ids=str,
)
def test_a_result_of_an_impossible_form_is_none(parsed: ParsedText | DocumentError) -> None:
    job = Job("a.txt", b"words", ParseLimits(max_characters=10), "ticket")
    stream = io.BytesIO()
    write_result(stream, Result(parsed), job.ticket)
    stream.seek(0)
    with pytest.raises((ValueError, TypeError)):
        read_result(stream, job)


@pytest.mark.parametrize("code", FailureCode)
def test_the_words_of_every_failure_pass(code: FailureCode) -> None:
    job = Job("a.txt", b"words", ParseLimits(), "ticket")
    stream = io.BytesIO()
    write_result(stream, Result(DocumentError(code)), job.ticket)
    stream.seek(0)
    result = read_result(stream, job)
    assert result is not None
    assert isinstance(result.outcome, DocumentError)
    assert (result.outcome.reason, result.outcome.fix) == FAILURE_WORDS[code]


def test_the_words_of_every_front_pass(repository: Path) -> None:
    folder = repository / "layers" / "core" / "wellread" / "adapters" / "parsing"
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    refused = [
        argument
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "DocumentError"
        for argument in node.args[1:]
    ]
    # Pairs of a cause and a fix in tables.
    refused += [each for node in nodes if isinstance(node, ast.Tuple) for each in node.elts]
    said = {
        each.value
        for each in refused
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
        if each.value.endswith(".") and " " in each.value
    }
    assert len(said) > 20
    job = Job("a.txt", b"words", ParseLimits(), "ticket")
    for words in said:
        stream = io.BytesIO()
        write_result(stream, Result(DocumentError(FailureCode.DAMAGED, words, words)), job.ticket)
        stream.seek(0)
        assert read_result(stream, job) is not None


def test_half_a_character_in_a_title_is_replaced() -> None:
    job = Job("a.txt", b"words", ParseLimits(), "ticket")
    stream = io.BytesIO()
    write_result(stream, Result(ParsedText("words", title="a\ud800b")), job.ticket)
    stream.seek(0)
    assert read_result(stream, job) == Result(ParsedText("words", title="a?b"))


def test_a_result_is_not_taken_for_another_file_s() -> None:
    job = Job("a.txt", b"words", ParseLimits(), "ticket")
    stream = io.BytesIO()
    write_result(stream, Result(ParsedText("forged")), "guessed")
    stream.seek(0)
    with pytest.raises(ValueError, match="another job"):
        read_result(stream, job)


def test_no_part_of_the_sandbox_uses_pickle(repository: Path) -> None:
    folder = repository / "layers" / "core" / "wellread" / "adapters" / "parsing"
    imported = {
        name.name
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import)
        for name in node.names
    }
    assert "struct" in imported
    assert not imported & {"pickle", "marshal", "shelve", "multiprocessing"}


def test_the_parent_imports_no_parser(repository: Path) -> None:
    import subprocess

    code = "import sys, wellread.adapters.parsing.confined.sandbox; print(*sys.modules)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True
    ).stdout.split()
    assert "wellread.adapters.parsing.confined.sandbox" in loaded
    assert not {"pypdfium2", "undoc", "selectolax", "openpyxl", "charset_normalizer"} & set(loaded)
