"""The log file of the laptop host."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
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


def test_what_a_library_logs_cannot_command_the_terminal(tmp_path: Path) -> None:
    code = """
import logging, pathlib, sys
from wellread.local.logs import log_to
log_to(pathlib.Path(sys.argv[1]))
logging.getLogger("of.a.library").warning("/\\x1b[31m\\u202e\\nroot:")
try:
    raise ValueError("\\x1b]0;x\\x07")
except ValueError:
    logging.getLogger("of.a.library").exception("broke")
"""
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stderr.decode()

    assert "/\\x1b[31m\\u202e\\nroot:\n" in said
    assert "\\x1b]0;x\\x07" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
