"""What a built wellread holds."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import wellread


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def test_a_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile, repository: Path) -> None:
    root = repository / "layers" / "core"
    files = {
        path.relative_to(root).as_posix()
        for path in (root / "wellread").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "wellread/py.typed" in files
    assert files - set(wheel.namelist()) == set()


def test_a_wheel_holds_nothing_but_the_package(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"wellread", f"wellread-{wellread.__version__}.dist-info"}


def test_a_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    info = f"wellread-{wellread.__version__}.dist-info"
    assert "wellread = wellread.local.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: <3.14,>=3.11" in metadata
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def test_an_editable_install_points_at_the_clone(tmp_path: Path, repository: Path) -> None:
    editable = build("editable", tmp_path)
    pointer = next(name for name in editable.namelist() if name.endswith(".pth"))
    assert Path(editable.read(pointer).decode().strip()) == repository / "layers" / "core"


def build(kind: str, folder: Path) -> zipfile.ZipFile:
    code = f"from hatchling.build import build_{kind} as b; b({str(folder)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))
