"""What is taken from a reader, what cannot be is told, and whoever insists is not read for."""

from __future__ import annotations

import os
import struct
import sys
import time
from pathlib import Path

import psutil
import pytest

from wellread.adapters.parsing.confined.confinement import Confinement, guards, refusal
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.adapters.parsing.confined.seccomp import filter_for
from wellread.domain.knowledge.errors import DocumentError, FailureCode

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="readers are confined on Linux only"
)
FULL = Confinement(filtered=True, landlock=7, apart=True)
PROCESS = 4711
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
ALLOWED = set(
    "read write readv writev pread64 lseek close munmap mremap madvise brk rt_sigaction "
    "rt_sigprocmask rt_sigreturn sigaltstack restart_syscall futex sched_yield nanosleep "
    "clock_nanosleep clock_gettime clock_getres gettimeofday times getrusage sysinfo getrandom "
    "getpid gettid exit exit_group".split()
)
NARROWED = {"mmap", "mprotect", "prlimit64", "tgkill"}
ALLOW, REFUSE, MISSING, KILL = "allow", "refuse", "missing", "kill"
_ANSWERS = {0x7FFF0000: ALLOW, 0x00050001: REFUSE, 0x00050026: MISSING, 0x80000000: KILL}


def answer(machine: str, number: int, *arguments: int, architecture: int | None = None) -> str:
    """What the kernel would do with a call: a machine for the few instructions that are used."""
    words = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    kind = ARCHITECTURES[machine] if architecture is None else architecture
    call = struct.pack("<IIQ6Q", number, kind, 0, *words)
    instructions = list(struct.iter_unpack("<HBBI", filter_for(machine, PROCESS)))
    at = value = 0
    while True:
        code, true, false, operand = instructions[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", call, operand)
        elif code == 0x54:
            value &= operand
        elif code == 0x15:
            at += true if value == operand else false
        else:
            assert code == 0x06
            return _ANSWERS[operand]


def numbers_of(machine: str) -> dict[str, int]:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip("the kernel's headers are not installed")
    found: dict[str, int] = {}
    for line in header.read_text("utf-8").splitlines():
        match line.split():
            case ["#define", name, number] if number.isdigit():
                found[name.removeprefix("__NR_").removeprefix("__NR3264_")] = int(number)
    return found


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_every_call_but_those_that_reading_needs_is_missing(machine: str) -> None:
    numbers = numbers_of(machine)
    assert numbers.keys() >= ALLOWED | NARROWED
    said = {name: answer(machine, number) for name, number in numbers.items()}
    assert {name for name, each in said.items() if each != MISSING} == ALLOWED | NARROWED
    assert all(answer(machine, numbers[name]) == ALLOW for name in ALLOWED)
    others = set(range(1000)) - set(numbers.values())
    assert {answer(machine, number) for number in others} == {MISSING}


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_some_calls_are_allowed_for_harmless_arguments_only(machine: str) -> None:
    mmap, mprotect, prlimit, tgkill = {
        "x86_64": (9, 10, 302, 234),
        "aarch64": (222, 226, 261, 131),
    }[machine]
    read_write, execute = 3, 4
    for call in (mmap, mprotect):
        assert answer(machine, call, 0, 4096, read_write) == ALLOW
        assert answer(machine, call, 0, 4096, read_write | execute) == REFUSE
        assert answer(machine, call, 0, 4096, execute) == REFUSE
    assert answer(machine, prlimit, 0) == ALLOW
    assert answer(machine, prlimit, 1) == REFUSE
    assert answer(machine, tgkill, PROCESS) == ALLOW
    for process in (1, 0, PROCESS + 1, 2**32 - 1):
        assert answer(machine, tgkill, process) == REFUSE


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_calls_of_another_kind_of_machine_end_the_process(machine: str) -> None:
    i386, arm = 0x40000003, 0x40000028
    for number in (3, 9, 20, 222, 234):
        for other in {i386, arm, *ARCHITECTURES.values()} - {ARCHITECTURES[machine]}:
            assert answer(machine, number, architecture=other) == KILL
    x32 = 0x40000000
    assert {answer(machine, x32 | number) for number in range(600)} == {MISSING}


def test_no_filter_is_made_up_for_a_machine_that_is_not_known() -> None:
    with pytest.raises(OSError, match="Function not implemented"):
        filter_for("riscv64", PROCESS)


def test_what_a_confinement_lacks_is_told_with_what_to_do() -> None:
    assert all(each.holds and not each.fix for each in guards(FULL))
    bare = guards(Confinement())
    assert not any(each.holds for each in bare)
    assert all(each.fix for each in bare)
    behind_landlock = {each.promise for each in guards(Confinement(landlock=7)) if each.holds}
    assert behind_landlock == {"no file but the one read", "nothing written"}
    assert refusal(FULL) is None
    assert refusal(Confinement(filtered=True)) is None
    for lacking in (Confinement(), Confinement(landlock=7, apart=True)):
        error = refusal(lacking)
        assert error is not None
        assert error.code is FailureCode.INTERNAL
        assert "WELLREAD_PARSER_CONFINEMENT" in error.reason
        assert "`best`" in error.fix


def status_of(process: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}


@linux_only
def test_a_reader_is_confined_before_its_first_byte() -> None:
    # Told apart by what was there before: numbers of processes start again at the top.
    before = set(psutil.Process().children())
    with SandboxedParser() as parser:
        if not all(each.holds for each in parser.guards()):
            pytest.skip("this machine cannot confine a reader wholly")
        # The first reader waits for a file that nobody has sent.
        (child,) = set(psutil.Process().children()) - before
        deadline = time.monotonic() + 20
        while not child.children() or status_of(child.children()[0].pid)["Seccomp"] != ["2"]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        reader = child.children()[0].pid
        status = status_of(reader)
        assert status["NoNewPrivs"] == ["1"]
        assert status["Threads"] == ["1"]
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[kind][0], 16) == 0
        if os.geteuid() == 0:
            assert set(status["Uid"]) == {"65534"}
            folder = f"/proc/{reader}/fd"
            opened = sorted(
                os.readlink(f"{folder}/{name}").split(":")[0]  # noqa: PTH115
                for name in os.listdir(folder)  # noqa: PTH208
            )
            silent = ["/dev/null"] * 2
            assert opened == [*silent, f"/proc/{reader}/status", "pipe", "pipe"]


def unconfinable(tmp_path: Path, confine: str) -> tuple[str, ...]:
    """A child that runs where the system gives no more than this."""
    script = tmp_path / "child.py"
    script.write_text(
        "import os, sys\n"
        "from wellread.adapters.parsing.confined import child\n"
        "from wellread.adapters.parsing.confined.confinement import Confinement\n"
        f"child.confine = lambda wanted: {confine}\n"
        "child.main(sys.argv[1:])\n",
        encoding="utf-8",
    )
    return (str(script),)


def test_files_are_read_unconfined_unless_confinement_is_required(tmp_path: Path) -> None:
    child = unconfinable(tmp_path, "Confinement()")
    with SandboxedParser(child=child) as parser:
        assert parser.parse("a.txt", b"words").text == "words"
        assert not any(each.holds for each in parser.guards()[:5])
    with SandboxedParser(require_confinement=True, child=child) as parser:
        with pytest.raises(DocumentError) as caught:
            parser.parse("a.txt", b"words")
        assert caught.value.code is FailureCode.INTERNAL
        assert "cannot confine" in caught.value.reason
    if sys.platform == "linux":
        with SandboxedParser(require_confinement=True) as parser:
            if not any(each.holds for each in parser.guards()[:5]):
                pytest.skip("this machine cannot confine a reader")
            assert parser.parse("a.txt", b"words").text == "words"


@linux_only
@pytest.mark.parametrize("fails", ["1 / 0", "os._exit(9)", "os.abort()", "sys.exit('a secret')"])
def test_a_confinement_that_breaks_reading_is_given_up_and_told(
    tmp_path: Path, fails: str, caplog: pytest.LogCaptureFixture
) -> None:
    child = unconfinable(tmp_path, f"Confinement() if not wanted.filtered else {fails}")
    with SandboxedParser(child=child) as parser:
        assert parser.parse("a.txt", b"words").text == "words"
        assert not parser.guards()[0].holds
    assert "Not to: no network" in caplog.text
    assert "secret" not in caplog.text


@linux_only
def test_a_child_that_cannot_start_tells_nobody_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "child.py"
    script.write_text("raise RuntimeError('a secret')", encoding="utf-8")
    with SandboxedParser(child=[str(script)]) as parser, pytest.raises(DocumentError) as caught:
        parser.parse("a.txt", b"words")
    assert caught.value.code is FailureCode.INTERNAL
    assert "secret" not in f"{caught.value} {capfd.readouterr()}"
