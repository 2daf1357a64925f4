"""A large document and many small ones pass through the handlers within Lambda's limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def measured(repository: Path, kind: str, number: int) -> dict:
    """What `tests.lambda_limits` found, in a process whose memory is limited as a function's is."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.lambda_limits", kind, str(number)],
        cwd=repository,
        env={"PYTHONPATH": f"{repository / 'layers' / 'core'}:{repository}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict = json.loads(done.stdout.splitlines()[-1])
    return found


def finished(found: dict, documents: int) -> None:
    assert found["documents"] == documents
    assert found["failed"] == found["waiting"] == 0
    assert found["left_staged"] == found["left_messages"] == 0
    assert found["largest_message_bytes"] < 1000
    assert found["peak_rss_mib"] + found["parser_peak_rss_mib"] < 2048


@pytest.mark.slow
def test_a_pdf_of_5000_pages_needs_little_memory(repository: Path) -> None:
    found = measured(repository, "pdf", 5000)

    finished(found, 1)
    assert found["chunks"] > 25_000
    # The chunks of the whole document are in memory at once; the parser's pages are not.
    assert found["parser_peak_rss_mib"] < 512


@pytest.mark.slow
def test_a_thousand_small_files_all_come_to_an_end(repository: Path) -> None:
    finished(measured(repository, "files", 1000), 1000)
