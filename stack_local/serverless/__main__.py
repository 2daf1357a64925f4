"""The stand-in as a process: prints where it answers, then READY; SIGTERM stops it."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from stack_local.serverless import KeyPair, ServerlessStandIn, StandInOptions


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes."""
    options = _options(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        standin = ServerlessStandIn(options)
    except OSError as error:
        sys.stderr.write(f"stand-in: cannot serve on 127.0.0.1:{options.port}: {error}\n")
        return 1
    with standin:
        sys.stdout.write(f"STANDIN_URL={standin.url}\nREADY\n")
        sys.stdout.flush()
        while not over.wait(3600):
            pass
    return 0


def _options(arguments: Sequence[str] | None) -> StandInOptions:
    parser = argparse.ArgumentParser(
        prog="python -m stack_local.serverless",
        description="A strict stand-in for OpenSearch Serverless on 127.0.0.1.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--forward", metavar="URL", help="a real OpenSearch behind it")
    parser.add_argument("--data", type=Path, metavar="FILE", help="keep the documents there")
    parser.add_argument(
        "--lag",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="from a write to its visibility; below 0: until /_standin/settle",
    )
    parser.add_argument(
        "--uneven", type=int, metavar="SEED", help="a lag of its own for each write"
    )
    parser.add_argument("--create-window", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--policy-window", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--cold-start", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--idle", type=float, default=600.0, metavar="SECONDS")
    parser.add_argument("--region", help="the only one that may be signed for")
    parser.add_argument(
        "--key", action="append", default=[], metavar="ACCESS:SECRET", help="may be repeated"
    )
    parser.add_argument("--control", action="store_true", help="take orders under /_standin/")
    given = parser.parse_args(arguments)
    if given.forward is not None and given.data is not None:
        parser.error("--data is for the stand-in alone; behind --forward the server keeps it all")
    pairs = [KeyPair(*each.split(":", 1)) for each in given.key if ":" in each]
    if len(pairs) < len(given.key):
        parser.error("--key wants ACCESS:SECRET")
    return StandInOptions(
        key_pairs=pairs,
        region=given.region,
        lag_seconds=math.inf if given.lag < 0 else given.lag,
        uneven=given.uneven,
        create_window_seconds=given.create_window,
        policy_window_seconds=given.policy_window,
        cold_start_seconds=given.cold_start,
        idle_seconds=given.idle,
        forward=given.forward,
        data=given.data,
        control=given.control,
        port=given.port,
    )


if __name__ == "__main__":
    sys.exit(main())
