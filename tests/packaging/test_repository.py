"""What may not be in the tree."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MACHINE_PATHS = re.compile(
    r"(?<![\w.~/:-])(?:/(?:home|Users|root|work|private|mnt)/\w+|[A-Z]:\\+(?:Users|Documents)\\)"
)
LARGEST_BYTES = 1_000_000


def test_no_file_names_a_place_on_somebodys_machine(repository: Path) -> None:
    found = {
        f"{path.relative_to(repository)}: {match[0]}"
        for path in files(repository)
        if path != Path(__file__)
        for match in MACHINE_PATHS.finditer(path.read_bytes().decode("utf-8", "replace"))
    }
    assert found == set()


def test_no_file_is_larger_than_a_megabyte(repository: Path) -> None:
    large = {
        str(path.relative_to(repository)): path.stat().st_size
        for path in files(repository)
        if path.stat().st_size > LARGEST_BYTES
    }
    assert large == {}


def test_the_tree_is_text_in_utf8_with_unix_line_ends_apart_from_samples(repository: Path) -> None:
    binary = {".docx", ".pdf", ".png", ".pptx", ".xlsx"}
    exempt = repository / "tests" / "data"
    wrong = set()
    for path in files(repository):
        if path.suffix in binary or path.is_relative_to(exempt):
            continue
        data = path.read_bytes()
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            wrong.add(f"{path.relative_to(repository)}: not UTF-8")
        if b"\r\n" in data:
            wrong.add(f"{path.relative_to(repository)}: Windows line ends")
    assert wrong == set()


def files(repository: Path) -> Iterator[Path]:
    """Every file of the repository; before the first commit, every file that is not ignored."""
    for name in listed(repository, "--cached") or listed(
        repository, "--others", "--exclude-standard"
    ):
        path = repository / name
        if path.is_file() and not path.is_symlink():
            yield path


def listed(repository: Path, *which: str) -> list[str]:
    if not (repository / ".git").exists() or shutil.which("git") is None:
        pytest.skip("needs a clone and git, to know which files belong to the repository")
    done = subprocess.run(
        ["git", "-c", f"safe.directory={repository}", "ls-files", "-z", *which],
        cwd=repository,
        capture_output=True,
        check=True,
    )
    return [name for name in done.stdout.decode().split("\0") if name]
