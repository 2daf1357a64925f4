"""A process with secrets that has files read; prints what became of each attack, as JSON."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.unit.adapters.parsing.confined.escapes import ATTACKS, SIGNAL, Target
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.domain.knowledge.documents import ParsedText


def main() -> None:
    secret = os.environ["WELLREAD_TEST_SECRET"]
    signal.signal(SIGNAL, signal.SIG_IGN)
    kept = ctypes.create_string_buffer(secret.encode())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tempfile.tempdir = name  # where readers are started
        for each in ("secret", "more", "less", "mode", "name", "gone"):
            (folder / f"{each}.txt").write_text(secret, encoding="utf-8")
        (folder / "secret.txt").chmod(0o644)
        opened = os.open(folder / "secret.txt", os.O_RDONLY)
        tcp, udp, unix, abstract = (
            _listening(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            _listening(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            _listening(socket.AF_UNIX, socket.SOCK_STREAM, str(folder / "unix.sock")),
            _listening(socket.AF_UNIX, socket.SOCK_STREAM, f"\0wellread-{os.getpid()}"),
        )
        target = Target(
            pid=os.getpid(),
            secret=secret,
            address=ctypes.addressof(kept),
            folder=name,
            descriptor=opened,
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            abstract=f"wellread-{os.getpid()}",
        )
        print(json.dumps(_attacked(target)))
        for each in (tcp, udp, unix, abstract):
            each.close()


def _listening(family: int, kind: int, address: object) -> socket.socket:
    opened = socket.socket(family, kind)
    opened.bind(address)  # type: ignore[arg-type]
    if kind == socket.SOCK_STREAM:
        opened.listen(50)
    return opened


def _attacked(target: Target) -> dict[str, str]:
    data = json.dumps(asdict(target)).encode()
    outcomes: dict[str, str] = {}
    child = ("-m", "tests.unit.adapters.parsing.confined.taken_over", *sys.argv[1:])
    with SandboxedParser(child=child) as parser:
        for name in ATTACKS:
            outcome = parser.measure(name, data).outcome
            said = isinstance(outcome, ParsedText)
            outcomes[name] = outcome.text if said else f"ended: {outcome!r}"
    return outcomes


if __name__ == "__main__":
    main()
