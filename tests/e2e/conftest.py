from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.serving import Serving


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    host = Serving(tmp_path / "data")
    yield host
    host.kill()
