"""What the system takes from a process before it reads a file, and what it could not take."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from wellread.adapters.parsing.confined.seccomp import c_library, install_filter
from wellread.domain.knowledge.errors import DocumentError, FailureCode

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_NOBODY = 65534
_INSISTED = 5
_OPEN_FILES = 32
# linux/prctl.h, linux/sched.h, linux/capability.h
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_NEW_USER = 0x10000000
_CAPABILITY_VERSION = 0x20080522
# linux/landlock.h; the numbers are the same for every machine.
_CREATE_RULESET, _RESTRICT_SELF, _VERSION = 444, 446, 1
_LANDLOCK_FILE_RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))
_LANDLOCK_READS, _LANDLOCK_WRITES = 1, 3  # the version that denies all of them
_LANDLOCK_NETWORK, _LANDLOCK_SCOPES = 0b11, 0b11
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Confinement:
    """What holds the process that reads a file, should the file take it over.

    Attributes:
        filtered: Only calls to the system that reading needs are left (seccomp).
        landlock: Version of Landlock's interface that denies files, networks and signals; 0: none.
        apart: The process is another user's, or in a user namespace of its own.
    """

    filtered: bool = False
    landlock: int = 0
    apart: bool = False


EVERYTHING = Confinement(filtered=True, landlock=1, apart=True)


@dataclass(frozen=True, slots=True)
class Guard:
    """One promise about files that attack their reader.

    Attributes:
        promise: In words for people.
        holds: Whether this machine keeps it.
        fix: What to do where it does not; empty where it does.
    """

    promise: str
    holds: bool
    fix: str = ""


_KERNEL_FIX = "Run wellread on Linux (x86-64 or ARM64) with seccomp, where its container allows it."
_USER_FIX = (
    "Allow user namespaces, or start wellread in its container as root. The other guards hold "
    "without it."
)


def guards(confinement: Confinement) -> tuple[Guard, ...]:
    """What a confinement promises, one by one, the first five being what `require` insists on."""
    filtered, landlock = confinement.filtered, confinement.landlock

    def guard(promise: str, holds: bool, fix: str = _KERNEL_FIX) -> Guard:
        return Guard(promise, holds, "" if holds else fix)

    return (
        guard("no network", filtered),
        guard("no new processes", filtered),
        guard("no reach into other processes", filtered),
        guard("no file but the one read", filtered or landlock >= _LANDLOCK_READS),
        guard("nothing written", filtered or landlock >= _LANDLOCK_WRITES),
        guard("a user of its own", confinement.apart, _USER_FIX),
    )


def leave_privileges() -> bool:
    """Become nobody, as far as the system allows; for a process that has loaded all it needs.

    Returns:
        Whether this process is now another user's or in a user namespace of its own.
    """
    if sys.platform != "linux":
        return False
    libc = c_library()
    apart = False
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
            apart = True
    # In a namespace of its own a process may look into none outside, even of the same user.
    apart = libc.unshare(_NEW_USER) == 0 or apart
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)())
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    _limit("RLIMIT_CORE", 0)
    return apart


def confine(wanted: Confinement = EVERYTHING) -> Confinement:
    """Take from this process, which must have one thread, everything that reading does not need.

    Open files stay open; nothing can be opened, and so nothing imported, after it.

    Args:
        wanted: Which of the system's means to use; `apart` as `leave_privileges` said.

    Returns:
        What was wanted and this system has.
    """
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_CORE", 0)
    if sys.platform != "linux":
        return Confinement()
    _limit("RLIMIT_NPROC", 0)
    _limit("RLIMIT_NOFILE", _OPEN_FILES)
    libc = c_library()
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    landlock = _try(_deny_by_landlock) if wanted.landlock else 0
    filtered = _try(_filter_calls) if wanted.filtered else 0
    return Confinement(bool(filtered), landlock, wanted.apart)


def refusal(confinement: Confinement) -> DocumentError | None:
    """Why a file must not be read here by someone who insists on confinement; None: it may be."""
    lacking = [each for each in guards(confinement)[:_INSISTED] if not each.holds]
    if not lacking:
        return None
    return DocumentError(
        FailureCode.INTERNAL,
        "This machine cannot confine the process that reads files, and "
        "WELLREAD_PARSER_CONFINEMENT is `require`.",
        f"{lacking[0].fix} Or set it to `best`, and retry the file.",
    )


def _try(guard: Callable[[], int]) -> int:
    """What a guard says, 0 where this system lacks it."""
    try:
        return guard()
    except Exception:  # a guard that fails is one that is missing, and is reported as that
        return 0


def _filter_calls() -> int:
    install_filter()
    return 1


def _deny_by_landlock() -> int:
    """A second lock behind the filter: nothing that Landlock knows of is allowed.

    Returns:
        The version of Landlock's interface.
    """
    libc = c_library()
    version = _checked(libc.syscall(_CREATE_RULESET, None, 0, _VERSION))
    rights = next(count for since, count in _LANDLOCK_FILE_RIGHTS if version >= since)
    denied = [(1 << rights) - 1]
    if version >= 4:
        denied.append(_LANDLOCK_NETWORK)
    if version >= 6:
        denied.append(_LANDLOCK_SCOPES)
    ruleset = (ctypes.c_uint64 * len(denied))(*denied)
    descriptor = _checked(libc.syscall(_CREATE_RULESET, ruleset, ctypes.sizeof(ruleset), 0))
    try:
        _checked(libc.syscall(_RESTRICT_SELF, descriptor, 0))
    finally:
        os.close(descriptor)
    return version


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno() or errno.ENOSYS
        raise OSError(code, os.strerror(code))
    return result


def _limit(name: str, value: int) -> None:
    if resource is not None:
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))
