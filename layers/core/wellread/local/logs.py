"""Logs of the laptop host: JSON lines in the data folder, warnings for the person on stderr."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from wellread import observability
from wellread.domain.text.harmless import visible_name

LOG_NAME = "wellread.log"


class _Terminal(logging.Formatter):
    """Lines of any library without what a terminal would act on; a page may choose their words."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return visible_name(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        return "\n".join(map(visible_name, super().formatException(ei).split("\n")))


class QuietFileHandler(RotatingFileHandler):
    """A log file that a full or read-only disk silences, without a traceback for every line."""

    def shouldRollover(self, _record: logging.LogRecord) -> bool:  # noqa: N802 - logging's
        """Measure the file only: to measure a record it would have to be formatted twice."""
        if self.stream is None:
            self.stream = self._open()
        return self.stream.seek(0, os.SEEK_END) >= self.maxBytes

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Leave the record out."""


def log_to(data: Path) -> None:
    """Send all of wellread's logging to a file in the data folder instead of standard output."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Terminal())
    target = logging.getLogger("wellread")
    handler: logging.Handler
    try:
        handler = QuietFileHandler(
            data / LOG_NAME, maxBytes=5_000_000, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(observability.logger.registered_formatter)
    for old in list(target.handlers):
        target.removeHandler(old)
        old.close()
    target.addHandler(handler)
    target.propagate = False


def log_errors_only() -> None:
    """For a command whose output a person reads, and that has no data folder."""
    observability.logger.setLevel(logging.ERROR)
