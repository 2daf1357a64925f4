"""The log file of the laptop host."""

from __future__ import annotations

import logging
from pathlib import Path

from wellread.local.logs import QuietFileHandler


def test_a_log_that_is_full_makes_room_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "wellread.log"
    handler = QuietFileHandler(path, maxBytes=20, backupCount=1, encoding="utf-8", delay=True)
    for number in range(3):
        line = f"line {number} of the log"
        handler.emit(logging.LogRecord("wellread", logging.INFO, "", 0, line, None, None))
    handler.close()
    assert path.read_text(encoding="utf-8") == "line 2 of the log\n"
    kept = path.with_name("wellread.log.1").read_text(encoding="utf-8")
    assert kept == "line 0 of the log\nline 1 of the log\n"
