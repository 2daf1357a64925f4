"""Builds the true template with `sam build`, only where something that it builds from changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock

from stack_local.environments import ROOT, SAM, path_with_python_313

TEMPLATE = ROOT / "template.yaml"
BUILD = ROOT / ".aws-sam" / "build"
BUILT_TEMPLATE = BUILD / "template.yaml"
_STAMP = BUILD / "wellread-stamp"
_SOURCES = ("template.yaml", "samconfig.toml", "functions", "layers", "statemachines")


class BuildError(Exception):
    """`sam build` failed; the message holds the end of what it wrote."""


def build(say: Callable[[str], object] = print) -> Path:
    """Build what is not built yet; give the built template.

    Raises:
        BuildError: `sam build` failed.
        EnvironmentUnavailableError: The SAM CLI cannot be set up here.
    """
    SAM.make(say)
    BUILD.parent.mkdir(exist_ok=True)
    # Two builds in one folder would spoil each other.
    with FileLock(BUILD.parent / "wellread-build.lock"):
        return _build(say)


def _build(say: Callable[[str], object]) -> Path:
    wanted = _fingerprint()
    if BUILT_TEMPLATE.exists() and _STAMP.exists() and _STAMP.read_text() == wanted:
        return BUILT_TEMPLATE
    say("Building the functions and layers (sam build) ...")
    done = subprocess.run(
        [str(SAM.program("sam")), "build", "--cached", "--template", str(TEMPLATE)],
        cwd=ROOT,
        env=sam_environment() | {"PATH": path_with_python_313()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"sam build failed:\n{(done.stdout + done.stderr)[-4000:]}")
    _STAMP.write_text(wanted)
    return BUILT_TEMPLATE


def sam_environment() -> dict[str, str]:
    """What the SAM CLI runs with: no telemetry, no credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def _fingerprint() -> str:
    digest = hashlib.sha256(SAM.requirements.read_bytes())
    for file in sorted(_source_files()):
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for name in _SOURCES:
        source = ROOT / name
        if source.is_file():
            yield source
        for file in source.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
