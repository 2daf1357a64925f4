"""What every test can rely on: no network in unit tests, a clean environment, fixed seeds."""

from __future__ import annotations

import logging
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import pytest_socket

from tests.skips import pytest_terminal_summary  # noqa: F401 - pytest finds the hook here

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WELLREAD_SHARED", ROOT.parent / "shared"))
# These run where torch is: `make test-training`.
collect_ignore = ["training"]
OFFLINE_TESTS = ROOT / "tests" / "unit"

# The machine may be slow and busy, and a failure must come back when the test is run again.
hypothesis.settings.register_profile("wellread", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("wellread")


@pytest.fixture(autouse=True)
def _no_network_in_unit_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    if not request.path.is_relative_to(OFFLINE_TESTS):
        yield
        return
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("WELLREAD_")]:
        if name != "WELLREAD_SHARED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Commands that run in the tests' own process send its log to a file, for good."""
    target = logging.getLogger("wellread")
    before = (list(target.handlers), target.propagate, target.level)
    yield
    if (target.handlers, target.propagate, target.level) == before:
        return
    for handler in set(target.handlers) - set(before[0]):
        handler.close()
    target.handlers, target.propagate = before[0], before[1]
    target.setLevel(before[2])


@pytest.fixture
def repository() -> Path:
    """The clone's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """Path of a piece of the development data; skips the test where it is absent."""

    def path(name: str) -> Path:
        found = SHARED / name
        if not SHARED.exists():
            pytest.skip(
                "needs the development data, which is not part of wellread "
                "(WELLREAD_SHARED names its folder)"
            )
        if not found.exists():
            pytest.skip(f"needs {name} of the development data, whose folder lacks it")
        return found

    return path
