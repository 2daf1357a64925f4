"""The virtual environments of the tools: emulator, SAM CLI, Lambda's runtime; made on demand.

Each is made again where what it is installed from has changed. Emulator and runtime need Python
3.13, which is what the functions run on.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "3.13"


class EnvironmentUnavailableError(Exception):
    """A tool's environment cannot be made; the message names the cause and the fix."""


@dataclass(frozen=True, slots=True)
class ToolEnvironment:
    """A virtual environment beside the code.

    Attributes:
        folder: Where it is.
        requirements: What is installed into it, with hashes.
        any_python: Whether the Python that asks for it will do, and not 3.13 alone.
    """

    folder: Path
    requirements: Path
    any_python: bool = False

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.program("python")

    def program(self, name: str) -> Path:
        """One of its programs."""
        return self.folder / "bin" / name

    @property
    def ready(self) -> bool:
        """Whether it holds what its requirements say now."""
        stamp = self.folder / "wellread-stamp"
        return stamp.exists() and stamp.read_text() == self.fingerprint()

    def make(self, say: Callable[[str], object] = print) -> None:
        """Make it where it is missing or its requirements have changed.

        Raises:
            EnvironmentUnavailableError: No Python 3.13, or pip failed.
        """
        if self.ready:
            return
        python = Path(sys.executable) if self.any_python else python_313()
        say(f"Setting up {self.folder.name} from {self.requirements.relative_to(ROOT)} ...")
        shutil.rmtree(self.folder, ignore_errors=True)
        install = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input"]
        install += ["--disable-pip-version-check", "--require-hashes", "--no-deps"]
        install += ["--requirement", str(self.requirements)]
        for command in ([str(python), "-m", "venv", str(self.folder)], install):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                shutil.rmtree(self.folder, ignore_errors=True)
                raise EnvironmentUnavailableError(
                    f"{self.folder.name} could not be made: {' '.join(command[:5])} failed.\n"
                    + (done.stderr or done.stdout)[-2000:]
                )
        (self.folder / "wellread-stamp").write_text(self.fingerprint())

    def fingerprint(self) -> str:
        """What a ready environment's stamp holds, for these requirements."""
        return hashlib.sha256(self.requirements.read_bytes()).hexdigest()


EMULATOR = ToolEnvironment(ROOT / ".venv-emulator", ROOT / "requirements" / "emulator.txt")
SAM = ToolEnvironment(ROOT / ".venv-sam", ROOT / "requirements" / "sam.txt", any_python=True)
LAMBDA = ToolEnvironment(ROOT / ".venv-lambda", ROOT / "requirements" / "lambda.txt")


def python_313() -> Path:
    """An interpreter of Python 3.13, as a real path.

    A version manager's stub on PATH may stand for a version that it has not switched on, so every
    candidate is asked; pyenv's versions are looked at themselves.

    Raises:
        EnvironmentUnavailableError: There is none.
    """
    for candidate in _candidates():
        done = subprocess.run(
            [str(candidate), "-c", "import sys; print(sys.executable, *sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout.rstrip().endswith(" 3 13"):
            return Path(done.stdout.rstrip().removesuffix(" 3 13"))
    raise EnvironmentUnavailableError(
        f"wellread's functions run on Python {VERSION}, on AWS and on its emulator, and no "
        f"Python {VERSION} was found on PATH or under pyenv. Install it from your system's "
        "packages or python.org (`pyenv install 3.13` where you use pyenv)."
    )


def path_with_python_313() -> str:
    """PATH with the folder of Python 3.13 first: `sam build` looks for `python3.13` there."""
    return os.pathsep.join([str(python_313().parent), os.environ.get("PATH", os.defpath)])


def _candidates() -> Iterator[Path]:
    if sys.version_info[:2] == (3, 13):
        yield Path(sys.executable)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = Path(folder) / f"python{VERSION}"
        if folder and candidate.is_file() and os.access(candidate, os.X_OK):
            yield candidate
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from sorted(pyenv.glob(f"{VERSION}*/bin/python{VERSION}"), reverse=True)
