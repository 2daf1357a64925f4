"""The data file: migrations, damage, full disks, kills, and several users at once."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from wellread.adapters.embedded.sqlite_database import SqliteDatabase, next_number
from wellread.adapters.embedded.sqlite_schema import MIGRATIONS
from wellread.domain.knowledge.errors import (
    InvalidDataFolderError,
    NotFoundError,
    PermanentError,
    StorageFullError,
    TransientError,
)

CORE = Path(__file__).resolve().parents[4] / "layers" / "core"
FIRST = ("CREATE TABLE word (text TEXT)",)
SECOND = ("ALTER TABLE word ADD COLUMN length INTEGER", "UPDATE word SET length = length(text)")


@pytest.fixture
def database(tmp_path):
    database = SqliteDatabase(tmp_path / "data.sqlite", migrations=[FIRST])
    yield database
    database.close()


def words(database):
    with database.snapshot() as connection:
        return [row[0] for row in connection.execute("SELECT text FROM word ORDER BY rowid")]


def add(database, word):
    with database.transaction() as connection:
        connection.execute("INSERT INTO word (text) VALUES (?)", (word,))


def add_half(database, word):
    """Something that fails after it wrote."""
    with database.transaction():
        add(database, word)
        raise ValueError("stop")


def python(code, *arguments, **options):
    """Another process that can import wellread."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CORE)},
        **options,
    )


def test_the_folder_and_the_tables_are_made(tmp_path):
    database = SqliteDatabase(tmp_path / "new" / "folder" / "data.sqlite")
    with database.transaction() as connection:
        assert next_number(connection, "x") == 1
        assert next_number(connection, "x") == 2
        assert next_number(connection, "y") == 1
    database.close()


def test_an_older_file_is_migrated_and_keeps_what_it_holds(database):
    add(database, "four")
    database.close()

    migrated = SqliteDatabase(database.path, migrations=[FIRST, SECOND])
    with migrated.snapshot() as connection:
        assert connection.execute("SELECT text, length FROM word").fetchall() == [("four", 4)]
    migrated.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(database):
    add(database, "kept")
    database.close()

    with pytest.raises(PermanentError):
        SqliteDatabase(database.path, migrations=[FIRST, (*SECOND, "CREATE nonsense")])
    again = SqliteDatabase(database.path, migrations=[FIRST])
    assert words(again) == ["kept"]
    again.close()


def test_a_file_of_a_newer_wellread_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "data.sqlite"
    SqliteDatabase(path, migrations=[FIRST, SECOND]).close()
    before = path.read_bytes()

    with pytest.raises(InvalidDataFolderError, match=r"newer wellread\. Upgrade"):
        SqliteDatabase(path, migrations=[FIRST])
    assert path.read_bytes() == before


def test_many_hosts_that_open_a_new_file_at_once_all_get_it(tmp_path):
    def start(_):
        database = SqliteDatabase(tmp_path / "data.sqlite")
        with database.transaction() as connection:
            number = next_number(connection, "x")
        database.close()
        return number

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(start, range(8))) == list(range(1, 9))


@pytest.mark.parametrize("damage", ["garbage", "cut", "scribbled"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, damage):
    path = tmp_path / "data.sqlite"
    database = SqliteDatabase(path)
    with database.transaction() as connection:
        connection.executemany(
            "INSERT INTO chunk_text (title, path, text) VALUES ('', '', ?)",
            [(f"word{n} " * 50,) for n in range(400)],
        )
    database.close()
    healthy = path.read_bytes()
    if damage == "garbage":
        path.write_bytes(b"This is no database. " * 400)
    elif damage == "cut":
        path.write_bytes(healthy[: len(healthy) // 2])
    else:
        path.write_bytes(healthy[:4096] + b"\xa5" * (len(healthy) - 4096))

    def use():
        database = SqliteDatabase(path)
        try:
            with database.transaction() as connection:
                connection.execute("SELECT sum(length(text)) FROM chunk_text").fetchall()
                connection.execute("DELETE FROM chunk_text")
        finally:
            database.close()

    with pytest.raises(InvalidDataFolderError) as caught:
        use()
    assert str(path) in str(caught.value)
    assert "move" in str(caught.value)
    assert "wellread serve" in str(caught.value)


def test_a_place_that_cannot_hold_the_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(InvalidDataFolderError, match="--data"):
        SqliteDatabase(tmp_path / "file" / "data.sqlite")
    with pytest.raises(InvalidDataFolderError, match="--data"):
        SqliteDatabase(tmp_path / "folder")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
@pytest.mark.parametrize("existing", [True, False])
def test_a_folder_that_cannot_be_written_is_refused_at_the_start(tmp_path, existing):
    folder = tmp_path / "data"
    folder.mkdir()
    if existing:
        SqliteDatabase(folder / "data.sqlite").close()
        (folder / "data.sqlite").chmod(0o400)
    folder.chmod(0o500)
    try:
        with pytest.raises(InvalidDataFolderError, match="writ"):
            SqliteDatabase(folder / "data.sqlite")
    finally:
        folder.chmod(0o700)


def test_what_fails_is_rolled_back(database):
    with pytest.raises(ValueError, match="stop"):
        add_half(database, "half")

    assert words(database) == []
    add(database, "whole")
    assert words(database) == ["whole"]


def test_an_inner_transaction_fails_alone(database):
    with database.transaction():
        add(database, "before")
        with pytest.raises(ValueError, match="stop"):
            add_half(database, "inner")
        add(database, "after")

    assert words(database) == ["before", "after"]


def test_an_inner_transaction_holds_only_with_the_outer_one(database):
    with pytest.raises(ValueError, match="stop"):
        add_half(database, "inner")

    assert words(database) == []


def test_a_snapshot_inside_a_transaction_sees_what_that_wrote(database):
    with database.transaction():
        add(database, "mine")
        assert words(database) == ["mine"]


def test_a_snapshot_does_not_see_what_is_written_meanwhile(database):
    with ThreadPoolExecutor(1) as other, database.snapshot() as connection:
        assert connection.execute("SELECT count(*) FROM word").fetchone() == (0,)
        other.submit(add, database, "new").result()
        assert connection.execute("SELECT count(*) FROM word").fetchone() == (0,)
        with pytest.raises(RuntimeError), database.transaction():
            pass

    assert words(database) == ["new"]


def test_a_fresh_snapshot_cannot_be_of_an_unfinished_transaction(database):
    with database.transaction(), pytest.raises(RuntimeError), database.snapshot(fresh=True):
        pass


def test_a_writer_that_waits_too_long_gets_a_transient_error(tmp_path):
    database = SqliteDatabase(tmp_path / "data.sqlite", busy_seconds=0.05, migrations=[FIRST])
    other = sqlite3.connect(database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(TransientError, match="busy"):
        add(database, "late")
    other.execute("ROLLBACK")
    other.close()
    add(database, "now")
    assert words(database) == ["now"]
    database.close()


def test_a_thread_that_waits_too_long_for_another_is_told_so_too(tmp_path):
    database = SqliteDatabase(tmp_path / "data.sqlite", busy_seconds=0.05, migrations=[FIRST])
    with (
        ThreadPoolExecutor(1) as other,
        database.transaction(),
        pytest.raises(TransientError, match="busy"),
    ):
        other.submit(add, database, "late").result()
    add(database, "now")
    assert words(database) == ["now"]
    database.close()


def test_threads_that_write_at_once_lose_no_write(database):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: add(database, str(number)), range(200)))

    assert sorted(words(database), key=int) == [str(number) for number in range(200)]


def test_a_full_disk_loses_nothing_and_work_goes_on_once_there_is_room(database):
    add(database, "kept")
    pages = database.connection().execute("PRAGMA page_count").fetchone()[0]
    database.connection().execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(StorageFullError, match="room"):
        add(database, "x" * 100_000)
    assert words(database) == ["kept"]
    database.connection().execute("PRAGMA max_page_count=1000000")
    add(database, "x" * 100_000)
    assert words(database)[0] == "kept"
    assert len(words(database)[-1]) == 100_000


@pytest.mark.parametrize("after", ["nothing", "a write"])
def test_a_full_disk_that_an_inner_transaction_hides_fails_the_outer_one(database, after):
    database.connection().execute("PRAGMA max_page_count=3")

    def outer():
        with database.transaction():
            add(database, "small")
            with contextlib.suppress(StorageFullError):
                add(database, "x" * 100_000)
            if after == "a write":
                add(database, "on its own")

    with pytest.raises(StorageFullError):
        outer()
    assert words(database) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_used_up_quota_counts_as_a_full_disk(tmp_path):
    code = """
import resource, sys
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.knowledge.errors import StorageFullError
database = SqliteDatabase(sys.argv[1], migrations=[("CREATE TABLE word (text TEXT)",)])
with database.transaction() as connection:
    connection.execute("INSERT INTO word VALUES ('kept')")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with database.transaction() as connection:
        connection.execute("INSERT INTO word VALUES (?)", ("x" * 1_000_000,))
except StorageFullError:
    with database.snapshot() as connection:
        print(connection.execute("SELECT text FROM word").fetchall())
"""
    process = python(code, tmp_path / "data.sqlite")
    output, _ = process.communicate(timeout=60)

    assert output.strip() == "[('kept',)]"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_writer_loses_nothing_it_had_committed(tmp_path):
    code = """
import sys
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
database = SqliteDatabase(sys.argv[1], migrations=[("CREATE TABLE word (text TEXT)",)])
number = 0
while True:
    with database.transaction() as connection:
        for part in range(3):
            connection.execute("INSERT INTO word VALUES (?)", (f"{number}.{part}",))
    print(number, flush=True)
    number += 1
"""
    process = python(code, tmp_path / "data.sqlite")
    seen = [process.stdout.readline() for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    seen += process.stdout.readlines()
    process.wait(timeout=30)
    process.stdout.close()

    database = SqliteDatabase(tmp_path / "data.sqlite", migrations=[FIRST])
    kept = words(database)
    acknowledged = len([line for line in seen if line.endswith("\n")])
    assert acknowledged <= len(kept) // 3 <= acknowledged + 1
    assert kept == [f"{n}.{part}" for n in range(len(kept) // 3) for part in range(3)]
    assert database.connection().execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_processes_that_write_at_once_lose_no_write(tmp_path):
    code = """
import sys
from wellread.adapters.embedded.sqlite_database import SqliteDatabase, next_number
database = SqliteDatabase(sys.argv[1])
for _ in range(100):
    with database.transaction() as connection:
        next_number(connection, "shared")
"""
    processes = [python(code, tmp_path / "data.sqlite") for _ in range(3)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0

    database = SqliteDatabase(tmp_path / "data.sqlite")
    with database.transaction() as connection:
        assert next_number(connection, "shared") == 301
    database.close()


def test_a_name_that_is_no_text_is_not_found_instead_of_a_crash(database):
    with pytest.raises(NotFoundError), database.snapshot() as connection:
        connection.execute("SELECT 1 FROM word WHERE text = ?", ("\ud800",))


def test_no_error_of_sqlite_gets_out(database):
    with pytest.raises(PermanentError), database.snapshot() as connection:
        connection.execute("SELECT nothing FROM nowhere")


def test_processes_that_create_the_file_at_once_all_open_it(tmp_path):
    code = (
        "import sys, time; from wellread.adapters.embedded.sqlite_database import SqliteDatabase\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for n in range(15):\n"
        "    while time.time() * 20 % 1 > 0.05: pass\n"
        "    SqliteDatabase(f'{sys.argv[1]}/{n}.sqlite').close()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    starting = [python(code, tmp_path, **pipes) for _ in range(3)]
    for process in starting:
        process.stdout.readline()
    for process in starting:
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [process.communicate()[1] for process in starting] == ["", "", ""]


def test_after_close_every_thread_is_told_that_wellread_is_stopping(tmp_path):
    database = SqliteDatabase(tmp_path / "data.sqlite", migrations=[FIRST])
    ready, closed = threading.Event(), threading.Event()

    def work():
        add(database, "before")
        ready.set()
        closed.wait(10)
        with pytest.raises(TransientError, match="stopping"):
            add(database, "after")
        return True

    with ThreadPoolExecutor(1) as other:
        working = other.submit(work)
        ready.wait(10)
        database.close()
        closed.set()
        assert working.result()
    with pytest.raises(TransientError):
        words(database)


def connections_to(database):
    opened = psutil.Process().open_files()
    return sum(file.path == str(database.path.resolve()) for file in opened)


def test_threads_that_end_leave_no_connections_open(database):
    opened = []
    for number in range(3):
        thread = threading.Thread(target=add, args=(database, str(number)))
        thread.start()
        thread.join()
        del thread
        gc.collect()
        opened.append(connections_to(database))

    # SQLite keeps the file of one that was closed for the next to come.
    assert set(opened) == {opened[0]}
    assert words(database) == list("012")


def test_the_released_schema_has_a_version_for_every_migration(tmp_path):
    database = SqliteDatabase(tmp_path / "data.sqlite")

    assert database.connection().execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    database.close()
