"""`make stack-local`: start the stack, say how to reach it, stay until interrupted."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from stack_local.builder import BuildError
from stack_local.deployer import DeployError
from stack_local.environments import EnvironmentUnavailableError
from stack_local.processes import StartError
from stack_local.stack import LocalStack, StackOptions


def main() -> int:
    """Run the stack; the exit code is 0 where it was interrupted, 1 where it could not run."""
    options = _options()
    # Both said outright: what a script starts in the background begins with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = LocalStack(options, _say)
    try:
        stack.start()
        for name, value in stack.lines().items():
            print(f"{name}={value}")
        print("READY", flush=True)
        while stack.emulator.running:
            time.sleep(0.5)
        _say("The emulator has ended:\n" + stack.emulator.last_lines())
        return 1
    except KeyboardInterrupt:
        return 0
    except (EnvironmentUnavailableError, BuildError, StartError, DeployError) as error:
        _say(f"wellread: {error}")
        return 1
    finally:
        # A second Ctrl-C must not leave servers behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stack.close()


def _options() -> StackOptions:
    parser = argparse.ArgumentParser(
        prog="python -m stack_local",
        description="Run wellread's stack on this machine, on an AWS emulator. Everything listens "
        "on 127.0.0.1 only.",
    )
    parser.add_argument(
        "--index",
        metavar="URL",
        default=os.environ.get("OPENSEARCH_URL") or None,
        help="keep the passages in this OpenSearch server (OPENSEARCH_URL says the same)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="keep everything here, so that the stack can be stopped and started again",
    )
    parser.add_argument("--port", type=int, metavar="N", help="the emulator's port (4566)")
    given = parser.parse_args()
    return StackOptions(folder=given.state, port=given.port, index_url=given.index)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
