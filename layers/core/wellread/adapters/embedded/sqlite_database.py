"""The data file: one SQLite database for everything that the embedded adapters keep."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from wellread.adapters.embedded.sqlite_schema import MIGRATIONS, Migration
from wellread.domain.knowledge.errors import (
    InvalidDataFolderError,
    NotFoundError,
    PermanentError,
    StorageFullError,
    TransientError,
    WellreadError,
)

_PRIMARY_CODE = 0xFF
_NEARLY_FULL_BYTES = 1 << 20


class SqliteDatabase:
    """One SQLite file, used by several threads and processes at once.

    Every thread has a connection of its own. Adapters work inside `transaction` or `snapshot`
    only: those translate what SQLite raises, so none of its errors leaves an adapter.

    A kill at any moment loses nothing that was committed; a power failure may lose the last
    commits (`synchronous=NORMAL`), never the file.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        busy_seconds: float = 10.0,
        migrations: Sequence[Migration] = MIGRATIONS,
    ):
        """Open the file; create it and its folder, or migrate it, where needed.

        Args:
            path: The data file.
            busy_seconds: How long a write waits for another thread or process.
            migrations: For tests.

        Raises:
            InvalidDataFolderError: The file is damaged or too new, or cannot be written.
            StorageFullError: There is no room for it.
        """
        self.path = Path(path)
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._open = weakref.WeakSet[_ThreadConnection]()
        self._lock = threading.Lock()
        self._writing = threading.RLock()
        self._closed = False
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(self.path)
        except OSError as exc:
            raise InvalidDataFolderError(
                f"The data folder {self.path.parent} cannot be created "
                f"({exc.strerror or exc}). Choose another one with --data."
            ) from exc
        self._migrate(migrations)

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit mode. What it raises is not translated."""
        return self._mine().connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write atomically: all that happens inside, or nothing and an error.

        A transaction inside another is a savepoint of it: it fails alone where its error is
        caught, and holds only once the outer one does.

        Raises:
            TransientError: Another writer did not finish in time.
            StorageFullError: The disk is full; nothing was written.
            InvalidDataFolderError: The file is damaged, or cannot be written.
        """
        with self._translated(), self._using() as mine, self._turn():
            if mine.reading:
                raise RuntimeError("a transaction cannot begin inside a snapshot")
            mine.check_whole(self._full)
            if mine.depth == 0:
                begin, commit, rollback = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
            else:
                name = f"nested_{mine.depth}"
                begin, commit = f"SAVEPOINT {name}", f"RELEASE {name}"
                rollback = f"ROLLBACK TO {name}"
            mine.connection.execute(begin)
            mine.depth += 1
            try:
                yield mine.connection
                mine.check_whole(self._full)
                mine.connection.execute(commit)
            except BaseException:
                # A full disk may have rolled everything back already, or may refuse again.
                with suppress(sqlite3.Error):
                    if mine.connection.in_transaction:
                        mine.connection.execute(rollback)
                raise
            finally:
                mine.depth -= 1

    @contextmanager
    def snapshot(self, *, fresh: bool = False) -> Iterator[sqlite3.Connection]:
        """Read one state of the file, whatever is written meanwhile.

        Inside a transaction it reads what that has written, inside a snapshot the same state.

        Args:
            fresh: Refuse to be inside another: the state must be committed, and of now.
        """
        with self._translated(), self._using() as mine:
            if mine.depth or mine.reading:
                if fresh:
                    raise RuntimeError("this needs a snapshot of its own")
                yield mine.connection
                return
            mine.connection.execute("BEGIN")
            mine.reading = True
            try:
                yield mine.connection
            finally:
                mine.reading = False
                with suppress(sqlite3.Error):
                    mine.connection.execute("ROLLBACK")

    def write_back(self) -> None:
        """Empty the journal into the file, as far as nobody reads: it may hold what was deleted."""
        with self._translated(), self._using() as mine:
            mine.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every thread's connection, once what it is doing is done."""
        with self._lock:
            self._closed = True
            connections = list(self._open)
        for connection in connections:
            with connection.lock:
                connection.close()

    def _mine(self) -> _ThreadConnection:
        mine: _ThreadConnection | None = getattr(self._local, "mine", None)
        if mine is None:
            mine = _ThreadConnection(self._connect())
            with self._lock:
                self._open.add(mine)
            self._local.mine = mine
        if self._closed:
            with mine.lock:
                mine.close()
            raise TransientError("wellread is stopping; ask again once it is back.")
        return mine

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # One thread after another: SQLite has those that find the file busy try again ever later.
        if not self._writing.acquire(timeout=self._busy_seconds):
            raise self._busy()
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _using(self) -> Iterator[_ThreadConnection]:
        mine = self._mine()
        with mine.lock:
            yield mine

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=self._busy_seconds,
            isolation_level=None,
            # `close` closes the connections of other threads, under their locks.
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA cache_size=-16000")
            # What is deleted is overwritten, not only let go of.
            connection.execute("PRAGMA secure_delete=ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, migrations: Sequence[Migration]) -> None:
        try:
            with self._translated():
                connection = self.connection()
                self._write_ahead(connection)
                version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == len(migrations):
                with self._translated():
                    # Also notices a file or folder that is read-only, before anything is lost.
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute("ROLLBACK")
                return
            with self.transaction() as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > len(migrations):
                    raise InvalidDataFolderError(
                        f"The data file {self.path} was written by a newer wellread. Upgrade "
                        "wellread, or move the folder away and start again: it is rebuilt from "
                        "the documents folder."
                    )
                for migration in migrations[version:]:
                    for step in migration:
                        connection.execute(step) if isinstance(step, str) else step(connection)
                connection.execute(f"PRAGMA user_version={len(migrations):d}")
        except BaseException:
            self.close()
            raise

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Make WAL the file's journal; of two that do so at once SQLite has one fail, not wait."""
        deadline = time.monotonic() + self._busy_seconds
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            raise self._translate(exc) from exc
        except UnicodeEncodeError as exc:
            raise NotFoundError(
                "There is no such name: it holds characters that are no text."
            ) from exc

    def _translate(self, exc: sqlite3.Error) -> WellreadError:
        code = getattr(exc, "sqlite_errorcode", None)
        name = getattr(exc, "sqlite_errorname", type(exc).__name__)
        primary = None if code is None else code & _PRIMARY_CODE
        if primary == sqlite3.SQLITE_FULL or code in _WRITE_FAILURES:
            return self._full()
        if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and self._disk_is_full():
            return self._full()
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return InvalidDataFolderError(
                f"The data file {self.path} is damaged. Stop wellread, move {self.path} away "
                f"(with {self.path.name}-wal and {self.path.name}-shm), and start `wellread serve` "
                "again: it rebuilds from the documents folder. Keep the moved file if you need "
                "earlier threads and feedback."
            )
        if primary in _NOT_WRITABLE:
            return InvalidDataFolderError(
                f"The data file {self.path} cannot be opened for writing. Give wellread the right "
                f"to write {self.path.parent} and what is in it, or choose another folder with "
                "--data."
            )
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return self._busy()
        if primary in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM) or self._closed:
            return TransientError(
                f"The data file {self.path} could not be used just now ({name}). Try again; if it "
                "stays so, check the disk."
            )
        return PermanentError(f"The data file {self.path} refused an operation ({name}).")

    def _busy(self) -> TransientError:
        return TransientError(
            f"The data file {self.path} was busy for more than {self._busy_seconds:g} seconds. "
            "Try again; if it stays so, stop the other program that uses it."
        )

    def _full(self) -> StorageFullError:
        return StorageFullError(
            f"There is no room left for the data file {self.path}. Nothing was lost: free some "
            "disk space, and wellread goes on."
        )

    def _disk_is_full(self) -> bool:
        with suppress(OSError):
            return shutil.disk_usage(self.path.parent).free < _NEARLY_FULL_BYTES
        return False


_WRITE_FAILURES = frozenset(
    # What a used-up quota or file size limit looks like: only a full disk gives SQLITE_FULL.
    {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
)
_NOT_WRITABLE = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
)


class _ThreadConnection:
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

    __del__ = close


def next_number(connection: sqlite3.Connection, name: str) -> int:
    """The next number of a sequence that only grows; inside a transaction."""
    row = connection.execute(
        "INSERT INTO sequence (name, value) VALUES (?, 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        (name,),
    ).fetchone()
    return int(row[0])


def _make_private(path: Path) -> None:
    """A database that its owner alone may read; SQLite makes the files beside it like it.

    On Windows, where modes say nothing, and with another user's file all stays as it is.
    """
    if os.name == "nt":
        return
    with suppress(OSError):  # what SQLite makes of it, it says better
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        for end in ("", "-wal", "-shm"):
            beside = path.with_name(path.name + end)
            if beside.exists():
                beside.chmod(0o600)
