"""What somebody whose file has taken over its reader would try; each returns what it got.

An attack that is refused raises. It runs in the reader, and knows of its victim (the process that
asked for the file to be read) what `Target` says.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
SIGNAL = 10  # SIGUSR1, which the victim ignores
_COLUMN = {"x86_64": 0, "aarch64": 1}.get(platform.machine(), 0)
# Numbers of system calls on x86-64 and ARM64.
_NUMBERS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "name_to_handle_at": (303, 264),
    "open": (2, None),
    "openat2": (437, 437),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "process_vm_writev": (311, 271),
    "rt_sigqueueinfo": (129, 138),
    "setns": (308, 268),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vfork": (58, None),
}


@dataclass(frozen=True)
class Target:
    """What an attacker may know or guess.

    Attributes:
        pid: The victim.
        secret: What nobody may read: in the victim's environment, memory and folder.
        address: Where in its memory.
        folder: Its data folder, with `secret.txt`, and `unix.sock` where it listens.
        descriptor: On which it has `secret.txt` open.
        tcp, udp: Ports on 127.0.0.1 where it listens.
        abstract: Name of an abstract socket where it listens.
    """

    pid: int
    secret: str
    address: int
    folder: str
    descriptor: int
    tcp: int
    udp: int
    abstract: str

    @property
    def file(self) -> Path:
        return Path(self.folder) / "secret.txt"

    def found(self, data: bytes) -> str:
        if self.secret.encode() not in data:
            raise LookupError("not the secret")
        return self.secret


ATTACKS: dict[str, Callable[[Target], object]] = {}


def attack(function: Callable[[Target], object]) -> Callable[[Target], object]:
    ATTACKS[function.__name__] = function
    return function


def call(name: str, *arguments: object) -> int:
    number = _NUMBERS[name][_COLUMN]
    if number is None:
        raise OSError(errno.ENOSYS, "not on this machine")
    return raw_call(number, *arguments)


def raw_call(number: int, *arguments: object) -> int:
    # What is no pointer fills its register.
    wide = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    result = LIBC.syscall(ctypes.c_long(number), *wide)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(result)


def reached(name: str, *arguments: object) -> str:
    """Whether the kernel looked at a call's arguments, which are nonsense and so harmless."""
    try:
        call(name, *arguments)
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EPERM, errno.EACCES}:
            raise
        return os.strerror(error.errno or 0)
    return "done"


def checked(result: int) -> int:
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class IoVector(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


# Looking into others


@attack
def environment_of_the_victim(target: Target) -> str:
    return target.found(Path(f"/proc/{target.pid}/environ").read_bytes())


@attack
def environment_of_every_process(target: Target) -> str:
    seen = b""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            seen += (folder / "environ").read_bytes()
        except OSError:
            continue
    return target.found(seen)


@attack
def command_line_of_the_victim(target: Target) -> bytes:
    return Path(f"/proc/{target.pid}/cmdline").read_bytes()


@attack
def memory_file_of_the_victim(target: Target) -> str:
    with Path(f"/proc/{target.pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(target.address)
        return target.found(memory.read(len(target.secret)))


@attack
def memory_of_the_victim(target: Target) -> str:
    buffer = ctypes.create_string_buffer(len(target.secret))
    here = IoVector(ctypes.addressof(buffer), len(target.secret))
    there = IoVector(target.address, len(target.secret))
    checked(LIBC.process_vm_readv(target.pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
    return target.found(buffer.raw)


@attack
def writing_into_the_victim(target: Target) -> int:
    # The same bytes again, so that the victim stays itself.
    buffer = ctypes.create_string_buffer(target.secret.encode())
    here = IoVector(ctypes.addressof(buffer), len(target.secret))
    there = IoVector(target.address, len(target.secret))
    return call("process_vm_writev", target.pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)


@attack
def tracing_the_victim(target: Target) -> int:
    seize = 0x4206
    return checked(LIBC.ptrace(seize, target.pid, None, None))


@attack
def tracing_whoever_forked_this(target: Target) -> int:
    seize = 0x4206
    return checked(LIBC.ptrace(seize, os.getppid(), None, None))


@attack
def descriptor_of_the_victim(target: Target) -> str:
    return target.found(Path(f"/proc/{target.pid}/fd/{target.descriptor}").read_bytes())


@attack
def descriptor_taken_from_the_victim(target: Target) -> str:
    victim = call("pidfd_open", target.pid, 0)
    taken = call("pidfd_getfd", victim, target.descriptor, 0)
    return target.found(os.pread(taken, 1000, 0))


@attack
def limits_of_the_victim(target: Target) -> object:
    return resource.prlimit(target.pid, resource.RLIMIT_CORE)


@attack
def the_kernel_s_log(target: Target) -> int:
    size_of_buffer = 10
    return call("syslog", size_of_buffer, None, 0)


# Files


@attack
def a_file_of_the_data_folder(target: Target) -> str:
    return target.found(target.file.read_bytes())


@attack
def a_file_by_the_oldest_call(target: Target) -> str:
    return target.found(os.pread(call("open", bytes(target.file), 0, 0), 1000, 0))


@attack
def a_file_by_the_newest_call(target: Target) -> str:
    how = (ctypes.c_uint64 * 3)()
    opened = call("openat2", -100, bytes(target.file), how, ctypes.sizeof(how))
    return target.found(os.pread(opened, 1000, 0))


@attack
def a_file_by_its_handle(target: Target) -> str:
    handle = (ctypes.c_uint32 * 40)(128)
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, bytes(target.file), handle, ctypes.byref(mount), 0)
    return "handle"


@attack
def a_file_without_reading_rights(target: Target) -> int:
    return os.open(target.file, os.O_PATH)


@attack
def the_system_s_users(target: Target) -> bytes:
    return Path("/etc/passwd").read_bytes()


@attack
def names_in_the_data_folder(target: Target) -> list[str]:
    return os.listdir(target.folder)  # noqa: PTH208


@attack
def whether_a_file_exists(target: Target) -> int:
    return target.file.stat().st_size


@attack
def where_this_process_stands(target: Target) -> str:
    return os.getcwd()  # noqa: PTH109


@attack
def a_module_that_was_not_loaded(target: Target) -> str:
    return Path(os.__file__).read_text(encoding="utf-8")


@attack
def a_library_that_was_not_loaded(target: Target) -> object:
    for name in ("libresolv.so.2", "libnsl.so.1", "libthread_db.so.1", "libBrokenLocale.so.1"):
        if name not in LOADED:
            return ctypes.CDLL(name)
    raise LookupError("all are loaded")


def _loaded() -> str:
    maps = Path("/proc/self/maps")
    return maps.read_text(encoding="utf-8") if maps.exists() else ""


LOADED = _loaded()


@attack
def a_new_file_here(target: Target) -> int:
    return Path("wellread-escape.txt").write_text("x", encoding="utf-8")


@attack
def a_new_file_in_the_data_folder(target: Target) -> int:
    return (Path(target.folder) / "new.txt").write_text("x", encoding="utf-8")


@attack
def a_new_file_in_shared_memory(target: Target) -> int:
    path = Path("/dev/shm/wellread-escape")
    written = path.write_text("x", encoding="utf-8")
    path.unlink()
    return written


@attack
def a_file_without_a_name(target: Target) -> int:
    return os.open(target.folder, os.O_TMPFILE | os.O_RDWR)


@attack
def more_in_a_file(target: Target) -> int:
    with (Path(target.folder) / "more.txt").open("a", encoding="utf-8") as file:
        return file.write("x")


@attack
def less_in_a_file(target: Target) -> str:
    os.truncate(Path(target.folder) / "less.txt", 0)
    return "truncated"


@attack
def another_mode(target: Target) -> str:
    (Path(target.folder) / "mode.txt").chmod(0o666)
    return "changed"


@attack
def another_time(target: Target) -> str:
    os.utime(Path(target.folder) / "mode.txt", (1, 1))
    return "changed"


@attack
def another_name(target: Target) -> object:
    return (Path(target.folder) / "name.txt").rename(Path(target.folder) / "other.txt")


@attack
def no_file_any_more(target: Target) -> str:
    (Path(target.folder) / "gone.txt").unlink()
    return "gone"


@attack
def a_folder(target: Target) -> str:
    (Path(target.folder) / "folder").mkdir()
    return "made"


@attack
def a_link(target: Target) -> str:
    (Path(target.folder) / "link").symlink_to(target.file)
    return "made"


# Networks and others


def _connected(family: int, kind: int, address: object) -> int:
    with socket.socket(family, kind) as opened:
        opened.settimeout(5)
        opened.connect(address)  # type: ignore[arg-type]
        return opened.send(b"secret")


@attack
def a_connection(target: Target) -> int:
    return _connected(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", target.tcp))


@attack
def a_datagram(target: Target) -> int:
    return _connected(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", target.udp))


@attack
def a_local_socket(target: Target) -> int:
    path = str(Path(target.folder) / "unix.sock")
    return _connected(socket.AF_UNIX, socket.SOCK_STREAM, path)


@attack
def an_abstract_socket(target: Target) -> int:
    return _connected(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + target.abstract)


@attack
def a_port(target: Target) -> object:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        return opened.getsockname()


@attack
def a_pair_of_sockets(target: Target) -> object:
    return [each.close() for each in socket.socketpair()]


@attack
def the_kernel_s_socket(target: Target) -> str:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    return "opened"


@attack
def a_host_s_address(target: Target) -> object:
    return socket.getaddrinfo("localhost", 80)


@attack
def a_pipe(target: Target) -> object:
    return os.pipe()


@attack
def shared_memory(target: Target) -> int:
    private, create = 0, 0o1600
    segment = checked(LIBC.shmget(private, 4096, create))
    LIBC.shmctl(segment, 0, None)
    return segment


@attack
def a_key_of_the_kernel_s(target: Target) -> int:
    process_keyring = -2
    return call("add_key", b"user", b"wellread", b"x", 1, process_keyring)


# Processes


@attack
def a_fork(target: Target) -> int:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


def _clone_by(name: str, *arguments: object) -> int:
    child = call(name, *arguments)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return child


@attack
def a_fork_by_number(target: Target) -> int:
    return _clone_by("fork")


@attack
def a_clone(target: Target) -> int:
    sigchld = 17
    return _clone_by("clone", sigchld, 0, 0, 0, 0)


@attack
def a_clone_of_the_newer_kind(target: Target) -> int:
    sigchld = 17
    arguments = (ctypes.c_uint64 * 11)(0, 0, 0, 0, sigchld)
    return _clone_by("clone3", arguments, ctypes.sizeof(arguments))


@attack
def a_thread(target: Target) -> str:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return "ran"


@attack
def a_program(target: Target) -> int:
    return subprocess.run([sys.executable, "-c", ""], check=True).returncode


@attack
def a_spawned_program(target: Target) -> int:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(child, 0)
    return child


@attack
def another_program_instead(target: Target) -> str:
    return reached("execve", b"/no/such/program", None, None)


@attack
def another_program_from_memory(target: Target) -> str:
    memory = call("memfd_create", b"x", 0)
    os.write(memory, b"#!/no/such/program\n")
    at_empty_path = 0x1000
    return reached("execveat", memory, b"", None, None, at_empty_path)


@attack
def a_program_by_descriptor(target: Target) -> str:
    return reached("execveat", -1, b"x", None, None, 0)


# Signals


@attack
def a_signal(target: Target) -> str:
    os.kill(target.pid, SIGNAL)
    return "sent"


@attack
def a_signal_to_the_group(target: Target) -> str:
    os.killpg(os.getpgid(target.pid), SIGNAL)
    return "sent"


@attack
def a_signal_to_a_thread(target: Target) -> int:
    return call("tgkill", target.pid, target.pid, SIGNAL)


@attack
def a_signal_to_whoever_forked_this(target: Target) -> int:
    return call("tgkill", os.getppid(), os.getppid(), SIGNAL)


@attack
def a_signal_with_a_message(target: Target) -> str:
    return reached("rt_sigqueueinfo", target.pid, SIGNAL, None)


@attack
def a_signal_by_descriptor(target: Target) -> str:
    return reached("pidfd_send_signal", -1, SIGNAL, None, 0)


@attack
def a_signal_by_a_pipe(target: Target) -> int:
    set_owner = 8
    return checked(LIBC.fcntl(1, set_owner, target.pid))


@attack
def another_priority(target: Target) -> str:
    os.setpriority(os.PRIO_PROCESS, target.pid, os.getpriority(os.PRIO_PROCESS, target.pid))
    return "set"


# The kernel


@attack
def a_namespace(target: Target) -> int:
    new_user = 0x10000000
    return call("unshare", new_user)


@attack
def a_namespace_of_others(target: Target) -> str:
    return reached("setns", -1, 0)


@attack
def a_mount(target: Target) -> str:
    return reached("mount", b"none", b"/no/such/folder", b"tmpfs", 0, None)


@attack
def a_ring(target: Target) -> str:
    return reached("io_uring_setup", 1, None)


@attack
def a_program_in_the_kernel(target: Target) -> str:
    return reached("bpf", -1, None, 0)


@attack
def counters_of_the_processor(target: Target) -> str:
    return reached("perf_event_open", None, 0, -1, -1, 0)


@attack
def faults_in_memory(target: Target) -> str:
    return reached("userfaultfd", 1)


@attack
def memory_with_a_name(target: Target) -> int:
    return call("memfd_create", b"x", 0)


@attack
def memory_for_code(target: Target) -> str:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    return "mapped"


@attack
def memory_turned_to_code(target: Target) -> int:
    page = mmap.mmap(-1, 4096)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return checked(LIBC.mprotect(ctypes.c_void_p(address), 4096, mmap.PROT_READ | mmap.PROT_EXEC))


def _code_for_32_bits() -> Callable[[], int] | None:
    """`getpid` as a 32-bit program calls it; made before the reader is confined."""
    if platform.machine() != "x86_64":
        return None
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    _KEPT.append(page)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)


_KEPT: list[mmap.mmap] = []
_GET_PID_32 = _code_for_32_bits()


@attack
def a_call_of_32_bits(target: Target) -> int:
    if _GET_PID_32 is None or _GET_PID_32() != os.getpid():
        raise OSError(errno.ENOSYS, "not on this machine")
    return os.getpid()


@attack
def a_call_of_the_x32_kind(target: Target) -> int:
    x32, get_pid = 0x40000000, 39
    return raw_call(x32 | get_pid)


@attack
def no_limits(target: Target) -> str:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    return "raised"
