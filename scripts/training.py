"""Set up what training needs, in an environment of its own: `.venv-training`.

    python3 -m scripts.training

Torch and its company never enter wellread's own environment. Everything but torch is installed by
the SHA-256 in requirements/training.txt. Of torch, the build without CUDA is taken, which has
200 MB instead of 3 GB:

- on macOS, the registry's wheel, by its hash (requirements/torch.txt);
- elsewhere `torch==VERSION+cpu`, a version that only builds without CUDA have, so that no other can
  get in: from where pip looks already, else from PyTorch's own index. Where its hash is known
  (`HASHES` below), it must be that; for other systems PyTorch's index and TLS vouch for it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import TextIO

from scripts.setup import ROOT, SetupError, answers_as, create_environment, pip_install

VENV = ROOT / ".venv-training"
STAMP, LOG = VENV / "wellread-training.json", VENV / "wellread-training.log"
LOCK, MACOS_LOCK = ROOT / "requirements/training.txt", ROOT / "requirements/torch.txt"
PYTHONS = ((3, 11), (3, 12), (3, 13))
"""The first one found is taken: for the first one torch's hash is known on most machines."""

TORCH = "torch==2.13.0+cpu"
INDEX = "https://download.pytorch.org/whl/cpu"
HASHES = {
    ("Linux", "x86_64", (3, 11)): (
        "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"
    ),
}


def main() -> int:
    """Run the set-up; the exit code is 0 once everything is installed."""
    try:
        set_up()
    except SetupError as error:
        print(f"\nwellread: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nwellread: stopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def set_up() -> None:
    """Bring `.venv-training` to what the locks say, if it is not there yet.

    Raises:
        SetupError: It cannot be; the message says why and what to do.
    """
    if is_set_up():
        return
    if VENV.is_symlink():
        # What others use there would be taken from under them.
        raise SetupError(
            f"{VENV} is a link to {VENV.resolve()}, which is not as the locks say. Run this where "
            "that folder is, or delete the link and run it again."
        )
    begun = time.monotonic()
    command, version = chosen_python()
    print(f"Creating .venv-training (Python {version[0]}.{version[1]})", flush=True)
    create_environment(command, VENV)
    print(f"Installing what training needs, once; log: {LOG.relative_to(ROOT)}", flush=True)
    with LOG.open("w", encoding="utf-8") as log:
        install(version, log)
    STAMP.write_text(json.dumps({"fingerprint": fingerprint()}), encoding="utf-8")
    print(f"Set up in {time.monotonic() - begun:.0f} s.", flush=True)


def is_set_up() -> bool:
    """Whether an earlier run did all of this, from what is in the locks today."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        return bool(stamp["fingerprint"] == fingerprint()) and environment_python().exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def fingerprint() -> str:
    """Changes with everything that decides what gets installed."""
    digest = hashlib.sha256(TORCH.encode())
    for path in (LOCK, MACOS_LOCK):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def environment_python() -> Path:
    """The environment's interpreter."""
    return VENV / "bin" / "python"


def chosen_python() -> tuple[list[str], tuple[int, int]]:
    """The command of a Python that fits, and its version.

    Raises:
        SetupError: There is none.
    """
    for version in PYTHONS:
        command = [f"python{version[0]}.{version[1]}"]
        if sys.version_info[:2] == version:
            return [sys.executable], version
        if shutil.which(command[0]) and answers_as(command, version):
            return command, version
    raise SetupError(
        "training runs on Python 3.11, 3.12 and 3.13, and none of them was found. Install Python "
        "3.11 from your system's packages or python.org."
    )


def install(version: tuple[int, int], log: TextIO) -> None:
    """Install torch first, so that nothing after it looks for one, then everything else.

    Raises:
        SetupError: Something could not be installed.
    """
    # The locks are complete, and torch stands in none of what they bring along.
    locked = ["--require-hashes", "--no-deps", f"--requirement={LOCK}"]
    if platform.system() == "Darwin":
        run_pip([*locked, f"--requirement={MACOS_LOCK}"], log)
        return
    known = HASHES.get((platform.system(), platform.machine(), version))
    wanted = VENV / "torch.txt"
    wanted.write_text(f"{TORCH} --hash=sha256:{known}\n" if known else f"{TORCH}\n", "utf-8")
    if not known:
        print("  the hash of torch for this system is not known here; taken from PyTorch's index")
    torch = ["--no-deps", "--only-binary=:all:", f"--requirement={wanted}"]
    try:
        run_pip(torch, log)
    except SetupError:
        # No mirror or folder that pip is set up with has it.
        run_pip([*torch, f"--index-url={INDEX}"], log)
    run_pip(locked, log)


def run_pip(arguments: list[str], log: TextIO) -> None:
    """Run one `pip install` of the environment; show what it does.

    Raises:
        SetupError: It did not succeed.
    """
    code, tail = pip_install(environment_python(), arguments, log)
    if code:
        output = "\n".join(tail)
        raise SetupError(
            f"pip could not install what training needs:\n\n{output}\n\nCheck that the package "
            "registry and download.pytorch.org can be reached (proxy, certificate) and that the "
            f"disk has 3 GB free, then run the same command again. The whole log: {LOG}"
        )


if __name__ == "__main__":
    sys.exit(main())
