from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    machine = Laptop(tmp_path / "data")
    yield machine
    machine.close()
