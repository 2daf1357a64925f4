"""Ends with 0 where all of `job-requirements.txt` is installed, in these versions; else with 1."""

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

NEEDED = Path(__file__).resolve().parent / "job-requirements.txt"


def missing() -> list[str]:
    """The lines of the file that are not installed."""
    lines = NEEDED.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    return [pin for pin in pins if installed(pin.split("==")[0]) != pin.split("==")[1]]


def installed(name: str) -> str:
    """The installed version of a package; "" where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(1 if missing() else 0)
