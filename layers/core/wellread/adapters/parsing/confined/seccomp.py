"""The system calls that remain to a process that reads a file; Linux on x86-64 and ARM64."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from functools import cache

# Audit architecture (linux/audit.h) and column of `_CALLS`, for each machine name.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# Numbers as in asm/unistd_64.h and asm-generic/unistd.h. What is not here does not exist for the
# process: no call that opens, names or changes a file, makes a process, a socket or shared memory,
# or reaches another process. The C library takes the answer for that of an older kernel.
_CALLS = {
    # Its pipes, and what it opened before.
    "read": (0, 63),
    "write": (1, 64),
    "readv": (19, 65),
    "writev": (20, 66),
    "pread64": (17, 67),
    "lseek": (8, 62),
    "close": (3, 57),
    # Its own memory.
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    # Its own signals, locks, clocks and counters.
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "times": (100, 153),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_PROT_EXEC = 4
_WHOLE = 0xFFFFFFFF
# Call, index of the argument, mask, and what the masked argument must be: new memory is never
# executable, limits and signals are the process's own. None stands for its id.
_NARROWED: tuple[tuple[tuple[int, int], int, int, int | None], ...] = (
    ((9, 222), 2, _PROT_EXEC, 0),  # mmap
    ((10, 226), 2, _PROT_EXEC, 0),  # mprotect
    ((302, 261), 0, _WHOLE, 0),  # prlimit64
    ((234, 131), 0, _WHOLE, None),  # tgkill: `abort` sends a signal
)

# linux/bpf_common.h, linux/seccomp.h
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _KILL, _ANSWER = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT, _ARGUMENT_BYTES = 0, 4, 16, 8
_INSTRUCTION = struct.Struct("<HBBI")
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


@cache
def c_library() -> ctypes.CDLL:
    """The C library of this process, for calls that Python has no function for."""
    return ctypes.CDLL(None, use_errno=True)


def filter_for(machine: str, process: int) -> bytes:
    """The filter's program (classic BPF) for a machine as `os.uname` names it.

    Args:
        machine: "x86_64" or "aarch64".
        process: The id of the process that it is for, the only one that it may send signals to.

    Raises:
        OSError: No filter is known for this kind of machine.
    """
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    architecture, column = _MACHINES[machine]
    return b"".join(_INSTRUCTION.pack(*each) for each in _assemble(architecture, column, process))


def _assemble(architecture: int, column: int, process: int) -> Iterator[tuple[int, int, int, int]]:
    # The same number is another call for another kind of machine, such as 32-bit x86.
    yield _LOAD, 0, 0, _MACHINE_AT
    yield _EQUAL, 1, 0, architecture
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER_AT
    for numbers in _CALLS.values():
        yield _EQUAL, 0, 1, numbers[column]
        yield _RETURN, 0, 0, _ALLOW
    for numbers, argument, mask, wanted in _NARROWED:
        yield _EQUAL, 0, 5, numbers[column]
        # The kernel reads 32 bits of each of these; both kinds of machine put the low half first.
        yield _LOAD, 0, 0, _ARGUMENTS_AT + argument * _ARGUMENT_BYTES
        yield _AND, 0, 0, mask
        yield _EQUAL, 0, 1, process if wanted is None else wanted
        yield _RETURN, 0, 0, _ALLOW
        yield _RETURN, 0, 0, _ANSWER | errno.EPERM
    yield _RETURN, 0, 0, _ANSWER | errno.ENOSYS


def install_filter() -> None:
    """Leave this process, which must have one thread and no new privileges, with few calls.

    Raises:
        OSError: The kernel or the machine cannot do that; nothing has changed.
    """
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    instructions = filter_for(os.uname().machine, os.getpid())
    program = _Program(len(instructions) // _INSTRUCTION.size, instructions)
    if c_library().prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
