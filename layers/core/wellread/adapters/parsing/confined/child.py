"""The process that reads files for `SandboxedParser`: one at a time, until EOF.

It holds no secrets (its environment is cleared) and may be killed at any time. On Linux it reads no
file itself: it loads the parsers and forks, for every file anew, a reader that keeps its memory and
two pipes and gives up all else before it reads the first byte.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import IO, NoReturn

from wellread.adapters.parsing.confined.confinement import (
    EVERYTHING,
    Confinement,
    confine,
    leave_privileges,
    refusal,
)
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.confined.preloading import load_everything, look_for_no_more
from wellread.adapters.parsing.confined.wire import OUT_OF_MEMORY, Result, read_job, write_result
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

try:
    import resource
except ImportError:  # Windows; there the parent's watchdog is the only guard.
    resource = None  # type: ignore[assignment]


_COLLECT_AFTER = 50_000
_NO_MORE_FILES = 72
_CPU_GRACE_SECONDS = 3
_TRIALS = (
    (b"<html><p>words</p></html>", "words"),
    (b"{\\rtf1 words}", "words"),
    (b"%PDF-1.4\nwords", ""),
)


def main(arguments: Sequence[str]) -> None:
    """Read files from standard input and write their results to standard output.

    Args:
        arguments: "--require" to read nothing unconfined; on Linux then the descriptor to which
            to write, a line each, the confinement and the id of every reader.
    """
    # An interrupt from the keyboard is for the parent, which ends its children itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries that print must not disturb the results.
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # A text is many small objects, hardly any of them in cycles.
    gc.set_threshold(_COLLECT_AFTER, 20, 100)
    required = "--require" in arguments
    if sys.platform == "linux":
        _fork_readers(int(arguments[-1]), results, required=required)
    else:
        meter, confinement = _Meter(), confine(Confinement())
        while _read_file(results, meter, refusal(confinement) if required else None):
            pass


def _fork_readers(control: int, results: IO[bytes], *, required: bool) -> NoReturn:
    """Have every file read by a process of its own, until one ends in another way."""
    load_everything()
    look_for_no_more()
    apart = leave_privileges()
    gc.collect()
    # What never dies is not looked at again, so that readers share its memory.
    gc.freeze()
    possible = _possible_confinement(apart=apart)
    os.write(control, json.dumps(asdict(possible)).encode("ascii") + b"\n")
    while True:
        reader = os.fork()
        if reader == 0:
            _be_reader(control, results, possible, required=required)
        os.write(control, b"%d\n" % reader)
        _, status = os.waitpid(reader, 0)
        if status != 0:
            _end_as(status)


def _be_reader(
    control: int, results: IO[bytes], possible: Confinement, *, required: bool
) -> NoReturn:
    status = 1
    try:
        # Whoever takes this process over must not say that it has ended.
        os.close(control)
        meter = _Meter()
        confinement = confine(possible)
        read = _read_file(results, meter, refusal(confinement) if required else None)
        status = 0 if read else _NO_MORE_FILES
    except MemoryError:
        status = OUT_OF_MEMORY
    finally:
        os._exit(status)


def _end_as(status: int) -> NoReturn:
    """Die as a reader did: the parent looks at this process."""
    with contextlib.suppress(OSError):
        if os.WIFSIGNALED(status):
            if os.WTERMSIG(status) != signal.SIGKILL:
                signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _possible_confinement(*, apart: bool) -> Confinement:
    """The strictest confinement under which files can be read here: tried, not assumed."""
    # Twice, because a process may also end for want of memory.
    for filtered in (True, True, False):
        wanted = Confinement(filtered, EVERYTHING.landlock, apart)
        kept, reports = os.pipe()
        trial = os.fork()
        if trial == 0:
            _try_reading(reports, wanted)
        os.close(reports)
        with os.fdopen(kept, "rb") as report:
            said = report.read()
        _, status = os.waitpid(trial, 0)
        if status == 0:
            return Confinement(**json.loads(said))
    return Confinement(apart=apart)


def _try_reading(reports: int, wanted: Confinement) -> NoReturn:
    status = 1
    try:
        meter = _Meter()
        confinement = confine(wanted)
        limits = ParseLimits()
        _limit_memory(limits, meter)
        _limit_cpu(limits.cpu_budget(0))
        outcomes = [_parse("trial", data, limits) for data, _ in _TRIALS]
        texts = [each.text if isinstance(each, ParsedText) else "" for each in outcomes]
        if texts == [words for _, words in _TRIALS] and meter.peak_bytes():
            os.write(reports, json.dumps(asdict(confinement)).encode("ascii"))
            status = 0
    finally:
        os._exit(status)


def _read_file(results: IO[bytes], meter: _Meter, refused: DocumentError | None) -> bool:
    """Read one file; whether there was one."""
    job = read_job(sys.stdin.buffer)
    if job is None:
        return False
    _limit_memory(job.limits, meter)
    _limit_cpu(job.limits.cpu_budget(len(job.data)))
    outcome = refused or _parse(job.name, job.data, job.limits)
    write_result(results, Result(outcome, meter.peak_bytes()), job.ticket)
    return True


def _parse(name: str, data: bytes, limits: ParseLimits) -> ParsedText | DocumentError:
    try:
        from wellread.adapters.parsing.dispatch import parse_document  # noqa: PLC0415 - limits first

        return parse_document(name, data, limits)
    except DocumentError as error:
        return error
    except (MemoryError, RecursionError):
        return DocumentError(FailureCode.TOO_COMPLEX)
    except ImportError:  # ours to mend; the file may be whole
        return DocumentError(FailureCode.INTERNAL)
    except Exception:  # a parser may raise anything, and all of it means "damaged"
        return DocumentError(FailureCode.DAMAGED)


class _Meter:
    """This process's memory, from files that a confined process could no longer open."""

    def __init__(self) -> None:
        self._status = -1
        self.pages: tuple[int, int] | None = None
        with contextlib.suppress(OSError, ValueError, IndexError):
            statm = os.open("/proc/self/statm", os.O_RDONLY)
            size = os.sysconf("SC_PAGE_SIZE")
            mapped, resident = os.read(statm, 200).split()[:2]
            os.close(statm)
            self.pages = int(mapped) * size, int(resident) * size
            self._status = os.open("/proc/self/status", os.O_RDONLY)

    def peak_bytes(self) -> int:
        """The most memory held so far; 0 where the system does not tell."""
        with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
            # Linux hands `ru_maxrss` on from the parent; this figure is the process's own.
            status = os.pread(self._status, 8192, 0)
            return int(status.split(b"VmHWM:")[1].split(maxsplit=1)[0]) * 1024
        if resource is None:
            return 0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _limit_memory(limits: ParseLimits, meter: _Meter) -> None:
    if meter.pages is None or resource is None:
        return
    # Address space is limited to what is mapped already plus what may become resident.
    mapped, resident = meter.pages
    room = max(limits.memory_bytes - resident, 0)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (mapped + room, resource.RLIM_INFINITY))


def _limit_cpu(allowed: float) -> None:
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(usage.ru_utime + usage.ru_stime + allowed)
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        if sys.platform == "linux":
            # A reader that was taken over can ignore the first limit, and go on after its answer.
            hard = seconds + _CPU_GRACE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
