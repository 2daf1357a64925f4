"""Write what is installed, and the SHA-256 of each of its files, for all Pythons and systems.

- `requirements/constraints.txt`: one version of every package that pyproject.toml brings along.
- `requirements/EXTRA.txt`: what wellread with that extra needs, with hashes.
- `requirements/NAME.txt` from `NAME.in`, and `requirements.txt` of each layer from its
  `requirements.in`: the same for the build, the layers and the tools in environments of their own.
  What a line `# without: PACKAGE` names there is left out, whoever needs it.

Versions that are in these files already stay, so that a lock changes only what pyproject.toml and
the `.in` files ask for; with --upgrade everything that they leave open is brought up to date.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
CONSTRAINTS = REQUIREMENTS / "constraints.txt"
LOCKER = REQUIREMENTS / "lock.txt"
OLDEST = "3.11"
LAMBDA = "3.13"
HEADER = """\
# Every version wellread is installed with, on Python 3.11, 3.12 and 3.13 and every system.
# EXTRA.txt beside this file has their hashes: scripts/setup.py installs from there.
# Made with `make lock`; change versions in pyproject.toml.
"""
LOCKED = """\
# Made with `make lock` from {source}: versions, and the SHA-256 of every file that may be
# installed. Nothing is built from source, because what would build it is in no lock.
--require-hashes
--only-binary :all:
"""


class Lock(NamedTuple):
    """A file to write.

    Attributes:
        target: The file.
        source: What it is made from, relative to the repository.
        options: Of uv, besides those that all have.
    """

    target: Path
    source: str
    options: tuple[str, ...]


def main() -> None:
    """Resolve with uv, which is installed for the occasion only."""
    parser = argparse.ArgumentParser(description="Write the files of requirements/ and layers/.")
    parser.add_argument("--upgrade", action="store_true", help="bring open versions up to date")
    upgrade = ("--upgrade",) if parser.parse_args().upgrade else ()
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder]
        subprocess.run([*pip, "--requirement", str(LOCKER)], check=True)
        uv = next(path for path in Path(folder).glob("bin/uv*") if path.stem == "uv")
        everything = ("--python-version", OLDEST, "--all-extras", *upgrade)
        constraints = compiled(uv, Lock(CONSTRAINTS, "pyproject.toml", everything))
        CONSTRAINTS.write_text(HEADER + constraints, encoding="utf-8")
        for lock in locks(upgrade):
            hashed = lock._replace(options=(*lock.options, "--generate-hashes"))
            text = LOCKED.format(source=lock.source) + exceptions(lock) + compiled(uv, hashed)
            lock.target.write_text(text, encoding="utf-8")


ALONE = "# without dependencies\n"
"""A source that begins so names packages of which only a file is used."""


def locks(upgrade: tuple[str, ...] = ()) -> list[Lock]:
    """All files with hashes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = ("--constraint", str(CONSTRAINTS), "--python-version", OLDEST)
    found = [
        Lock(REQUIREMENTS / f"{extra}.txt", "pyproject.toml", ("--extra", extra, *pinned))
        for extra in sorted(project["optional-dependencies"])
    ]
    for source in sorted((*REQUIREMENTS.glob("*.in"), *ROOT.glob("layers/*/requirements.in"))):
        text = source.read_text(encoding="utf-8")
        python = re.search(r"^# python: (\S+)", text, re.MULTILINE)
        version = LAMBDA if source.parent != REQUIREMENTS else python[1] if python else OLDEST
        alone = ("--no-deps",) if text.startswith(ALONE) else ()
        options = ("--python-version", version, *alone, *upgrade)
        name = source.relative_to(ROOT).as_posix()
        found.append(Lock(source.with_suffix(".txt"), name, options))
    return found


def exceptions(lock: Lock) -> str:
    """What a source says has no wheel: it is built with tools that no lock verifies."""
    lines = (ROOT / lock.source).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("--no-binary "))


def left_out(lock: Lock) -> str:
    """What a source leaves out although others need it: wanted by no Python that there is."""
    named = re.findall(r"^# without: (\S+)", (ROOT / lock.source).read_text("utf-8"), re.MULTILINE)
    return "".join(f"{name} ; python_version < '3'\n" for name in named)


def compiled(uv: Path, lock: Lock) -> str:
    """What uv makes of a lock's source; versions that the target has are kept."""
    with tempfile.TemporaryDirectory() as folder:
        resolved = Path(folder) / "resolved.txt"
        wheels = () if exceptions(lock) else ("--only-binary", ":all:")
        if lock.target.exists():
            # uv would not know these options of ours in a file of its own.
            lines = lock.target.read_text(encoding="utf-8").splitlines(keepends=True)
            known = "".join(line for line in lines if not line.startswith(("#", "--")))
            resolved.write_text(known, encoding="utf-8")
        (Path(folder) / "overrides.txt").write_text(left_out(lock), encoding="utf-8")
        command = [
            str(uv), "pip", "compile", "--overrides", str(Path(folder) / "overrides.txt"),
            "--quiet", "--universal", "--no-annotate", "--no-header",
            "--no-emit-index-url", *wheels, "--output-file", str(resolved), *lock.options,
            lock.source,
        ]  # fmt: skip
        subprocess.run(command, check=True, cwd=ROOT)
        return resolved.read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
