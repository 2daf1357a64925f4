"""One thread's connection to the data file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

from wellread.domain.knowledge.errors import WellreadError


class ThreadConnection:
    """A thread's connection and what it is amid; closes itself when its thread ends."""

    def __init__(self, connection: sqlite3.Connection):
        self.connection = connection
        self.lock = threading.RLock()
        self.depth = 0
        self.reading = False

    def check_whole(self, rolled_back: Callable[[], WellreadError]) -> None:
        """Raise where a full disk rolled back all of a transaction, and an inner one hid that."""
        if self.depth and not self.connection.in_transaction:
            raise rolled_back()

    def close(self) -> None:
        self.connection.close()

    def __del__(self) -> None:
        self.connection.close()
