"""The process that reads files for `wellread.adapters.parsing.sandbox`: one at a time, until EOF.

It writes no files, holds no secrets (its environment is cleared) and may be killed at any time.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import signal
import sys
from pathlib import Path

from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.wire import OUT_OF_MEMORY, Result, read_job, write_result
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

try:
    import resource
except ImportError:  # Windows; there the parent's watchdog is the only guard.
    resource = None  # type: ignore[assignment]


_COLLECT_AFTER = 50_000


def main() -> None:
    """Read files from standard input and write their results to standard output."""
    # An interrupt from the keyboard is for the parent, which ends its children itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    jobs = sys.stdin.buffer
    # Libraries that print must not disturb the results.
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # A text is many small objects, hardly any of them in cycles.
    gc.set_threshold(_COLLECT_AFTER, 20, 100)
    first = True
    while job := read_job(jobs):
        name, data, limits = job
        if first:
            _limit_for_good(limits)
            first = False
        _limit_cpu(limits.cpu_budget(len(data)))
        outcome = _parse(name, data, limits)
        del job, data
        write_result(results, Result(outcome, _peak_rss_bytes()))


def _parse(name: str, data: bytes, limits: ParseLimits) -> ParsedText | DocumentError:
    try:
        from wellread.adapters.parsing.dispatch import parse_document  # noqa: PLC0415 - limits first

        return parse_document(name, data, limits)
    except DocumentError as error:
        return error
    except (MemoryError, RecursionError):
        return DocumentError(FailureCode.TOO_COMPLEX)
    except Exception:  # a parser may raise anything, and all of it means "damaged"
        return DocumentError(FailureCode.DAMAGED)


def _limit_for_good(limits: ParseLimits) -> None:
    if resource is None:
        return
    for name in ("RLIMIT_FSIZE", "RLIMIT_CORE"):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (0, 0))
    # Address space is limited to what is mapped already plus what may become resident.
    with contextlib.suppress(ValueError, OSError):
        mapped, resident = _memory_pages()
        room = max(limits.memory_bytes - resident, 0)
        resource.setrlimit(resource.RLIMIT_AS, (mapped + room, resource.RLIM_INFINITY))


def _memory_pages() -> tuple[int, int]:
    """Bytes mapped and resident; OSError where there is no /proc."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    size = os.sysconf("SC_PAGE_SIZE")
    return int(pages[0]) * size, int(pages[1]) * size


def _limit_cpu(allowed: float) -> None:
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(usage.ru_utime + usage.ru_stime + allowed)
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))


def _peak_rss_bytes() -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Linux hands `ru_maxrss` on from the parent; this figure is the process's own.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    try:
        main()
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
