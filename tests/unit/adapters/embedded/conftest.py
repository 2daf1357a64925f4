"""What the laptop's adapters work on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wellread.adapters.embedded.sqlite_database import SqliteDatabase


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "data.sqlite")
    yield database
    database.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A documents folder beside the data file."""
    root = tmp_path / "documents"
    root.mkdir()
    return root
