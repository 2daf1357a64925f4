"""The set-up of training: never with CUDA, never into somebody else's environment."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from scripts import training
from scripts.setup import SetupError


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".venv-training"
    monkeypatch.setattr(training, "VENV", folder)
    monkeypatch.setattr(training, "STAMP", folder / "stamp.json")
    monkeypatch.setattr(training, "LOG", folder / "log")
    return folder


@pytest.fixture
def asked(environment: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What pip is asked for; nobody has a torch but PyTorch's own index."""
    environment.mkdir()
    commands: list[list[str]] = []

    def run_pip(arguments: list[str], log: object) -> None:
        commands.append(arguments)
        here = any(argument.endswith("torch.txt") for argument in arguments)
        if here and f"--index-url={training.INDEX}" not in arguments:
            raise SetupError("no such version")

    monkeypatch.setattr(training, "run_pip", run_pip)
    monkeypatch.setattr(training.platform, "system", lambda: "Linux")
    monkeypatch.setattr(training.platform, "machine", lambda: "x86_64")
    return commands


def test_torch_is_asked_for_as_a_version_that_only_builds_without_cuda_have(
    asked: list[list[str]], environment: Path
) -> None:
    training.install((3, 11), io.StringIO())

    wanted = (environment / "torch.txt").read_text("utf-8")
    assert wanted.startswith("torch==2.13.0+cpu --hash=sha256:6746dbcb")
    assert "--no-deps" in asked[0]
    assert not any("--index-url" in argument for argument in asked[0])
    assert f"--index-url={training.INDEX}" in asked[1]
    assert asked[2][:2] == ["--require-hashes", "--no-deps"]
    assert len(asked) == 3


def test_a_system_whose_hash_is_not_known_is_said_to_be_one(
    asked: list[list[str]], environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training.install((3, 13), io.StringIO())

    assert (environment / "torch.txt").read_text("utf-8") == "torch==2.13.0+cpu\n"
    assert "is not known here; taken from PyTorch's index" in capsys.readouterr().out


def test_macos_takes_the_registrys_wheel_by_its_hash(
    asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(training, "run_pip", lambda arguments, _: asked.append(arguments))

    training.install((3, 12), io.StringIO())

    (only,) = asked
    assert only[0] == "--require-hashes"
    assert only[-1].endswith("requirements/torch.txt")


def test_no_lock_of_training_brings_torch_or_cuda_to_linux(repository: Path) -> None:
    lock = (repository / "requirements/training.txt").read_text("utf-8")
    macos = (repository / "requirements/torch.txt").read_text("utf-8")

    assert not [
        line for line in lock.splitlines() if line.startswith(("torch", "nvidia", "triton"))
    ]
    assert "torch==2.13.0 ; sys_platform == 'darwin'" in macos


def test_an_environment_that_a_link_leads_to_is_not_emptied(
    environment: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    environment.symlink_to(elsewhere)

    with pytest.raises(SetupError, match="is a link to"):
        training.set_up()

    assert (elsewhere / "kept").exists()


def test_what_is_set_up_is_not_set_up_again(environment: Path) -> None:
    (environment / "bin").mkdir(parents=True)
    (environment / "bin/python").touch()
    training.STAMP.write_text(f'{{"fingerprint": "{training.fingerprint()}"}}', encoding="utf-8")

    training.set_up()

    assert training.is_set_up()
    training.STAMP.write_text('{"fingerprint": "older"}', encoding="utf-8")
    assert not training.is_set_up()
