"""Finding Python 3.13, and making the tools' environments again when they must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack_local import environments
from stack_local.environments import EnvironmentUnavailableError, ToolEnvironment, python_313


def _program(file: Path, says: str, code: int = 0) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on PATH and an empty pyenv; this Python is another one."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(environments.sys, "version_info", (3, 11, 7))
    return tmp_path


def test_without_python_313_the_fix_is_named(machine: Path) -> None:
    with pytest.raises(EnvironmentUnavailableError, match="Install it"):
        python_313()


def test_a_dead_stub_on_path_is_passed_over_for_what_really_answers(machine: Path) -> None:
    _program(machine / "bin/python3.13", "pyenv: python3.13: command not found", 127)
    _program(machine / "pyenv/versions/3.12.1/bin/python3.12", "/x/python3.12 3 12")
    _program(machine / "pyenv/versions/3.13.0/bin/python3.13", "/real/python3.13 3 13")
    assert python_313() == Path("/real/python3.13")


def test_a_stub_for_another_version_is_passed_over(machine: Path) -> None:
    _program(machine / "bin/python3.13", "/usr/bin/python3.9 3 9")
    with pytest.raises(EnvironmentUnavailableError):
        python_313()


def test_an_environment_is_ready_until_its_requirements_change(tmp_path: Path) -> None:
    requirements = tmp_path / "tool.txt"
    requirements.write_text("tool==1\n")
    tool = ToolEnvironment(tmp_path / "venv", requirements)
    assert not tool.ready
    tool.folder.mkdir()
    (tool.folder / "wellread-stamp").write_text(tool.fingerprint())
    assert tool.ready
    requirements.write_text("tool==2\n")
    assert not tool.ready
