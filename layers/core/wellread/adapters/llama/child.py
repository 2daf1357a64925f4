"""The process that holds a model: serves one GGUF file on 127.0.0.1 until its parent is gone.

It answers nobody who does not send the key, which comes through its standard input. It ends when
that input ends, and on Linux is killed by the system as soon as its parent dies, also while it is
stopped. Loading a file that llama.cpp cannot take may end the process in any way; the parent tells
that from the missing report.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from typing import Any

from wellread.adapters.llama.wire import Order, Report, read_order, write_line

# linux/prctl.h
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve what the first line of the input orders."""
    # An interrupt from the keyboard is for the parent, which ends its children itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries that print must not disturb the report.
    reports = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    order = read_order(sys.stdin.buffer)
    _die_with(order.parent)
    try:
        server = _served(order)
        report = Report(address=str(server.listening_address))
    except ImportError:
        report = Report(problem="missing")
    except Exception:  # whatever llama.cpp has against the file
        report = Report(problem="refused")
    with contextlib.suppress(OSError):
        write_line(reports, report)
        if report.address:
            sys.stdin.buffer.read()
    # Not through the interpreter's end, where a running request could keep the server.
    os._exit(0)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have died before that was asked for.
    if os.name == "posix" and os.getppid() != parent:
        os._exit(0)


def _served(order: Order) -> Any:
    import xllamacpp  # noqa: PLC0415 - not before the process is tied to its parent

    params = xllamacpp.CommonParams()
    params.model.path = order.path
    params.n_ctx = order.context_tokens
    params.n_predict = order.answer_tokens
    params.n_parallel = 1
    params.cpuparams.n_threads = order.threads
    params.cpuparams_batch.n_threads = order.threads
    params.verbosity = -1
    params.warmup = False
    params.enable_reasoning = 0
    # One port, on this machine only, with nothing behind it but the model.
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [order.key]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_props = False
    params.endpoint_metrics = False
    # Without these, a prompt's state is kept beside the context, up to 8 GiB.
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
