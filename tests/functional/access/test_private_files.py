"""What the data folder holds is for its owner's eyes, whatever was there before."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laptop import Laptop
from wellread.local.data_folder import beside
from wellread.local.lock import HostLock
from wellread.local.private import make_private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"


def open_to_others(folder: Path) -> dict[str, str]:
    """All paths from a folder on that others have any right to."""
    paths = [folder, *folder.rglob("*")]
    modes = {str(path.relative_to(folder)): path.lstat().st_mode for path in paths}
    assert len(modes) > 1
    return {
        path: oct(mode & 0o777)
        for path, mode in modes.items()
        if mode & 0o077 and not stat.S_ISLNK(mode)
    }


@pytest.fixture
def easy_going() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_new_data_folder_and_its_database_are_private(easy_going: object, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "new")
    laptop.drop("leave.md", LEAVE)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "new").iterdir()}
    assert {"wellread.sqlite", "wellread.sqlite-wal", "wellread.sqlite-shm"} <= modes.keys()
    assert {mode for name, mode in modes.items() if "sqlite" in name} == {"0o600"}
    assert oct((tmp_path / "new").stat().st_mode & 0o777) == "0o700"
    laptop.close()


def test_a_folder_of_before_is_closed_at_the_start(easy_going: object, laptop: Laptop) -> None:
    laptop.drop("hr/pay.md", LEAVE)
    data = laptop.settings.data
    (data / "access.json").write_text('{"access": {}}')
    (data / "reconcile").mkdir()
    (data / "reconcile" / "report.md").write_text("hr/pay.md")
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o666)

    with HostLock(data):
        assert open_to_others(data) == {}


def test_a_command_beside_the_host_closes_it_too(easy_going: object, laptop: Laptop) -> None:
    laptop.drop("leave.md", LEAVE)
    laptop.settings.data.chmod(0o755)

    with beside(laptop.settings):
        assert not laptop.settings.data.stat().st_mode & 0o077


def test_links_and_folders_that_are_not_wellreads_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "shared.md").write_text("shared")
    home = tmp_path / "home"
    (home / "public").mkdir(parents=True)
    (home / "public" / "page.html").write_text("public")
    (home / "link").symlink_to(elsewhere)
    for path in (elsewhere, home / "public"):
        path.chmod(0o755)
    for path in (elsewhere / "shared.md", home / "public" / "page.html"):
        path.chmod(0o644)

    make_private(home)

    assert (home / "public" / "page.html").stat().st_mode & 0o077
    assert (elsewhere / "shared.md").stat().st_mode & 0o077
    assert elsewhere.stat().st_mode & 0o077
    assert not home.stat().st_mode & 0o077


def test_what_commands_write_is_private(easy_going: object, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.md").write_text(LEAVE)
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text('{"file": "a.md", "expect": "text"}\n')
    out = tmp_path / "out" / "checked.jsonl"

    subprocess.run(
        [sys.executable, "-m", "wellread", "check-files", "--manifest", manifest,
         "--files", files, "--out", out, "--texts", out.parent / "texts"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    assert open_to_others(out.parent) == {}
