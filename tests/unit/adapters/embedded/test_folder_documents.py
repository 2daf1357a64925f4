"""The documents folder as a versioned bucket: odd files, changes, and putting files in."""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from wellread.adapters.embedded import folder_documents, folder_versions
from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.folder_versions import FolderVersions
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.knowledge.documents import ObjectVersion
from wellread.domain.knowledge.errors import (
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    StorageFullError,
    SupersededError,
    TransientError,
)

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
needs_permissions = pytest.mark.skipif(AS_ROOT, reason="root may read anything")


class LaterClock:
    """The real time and some more, so that files written now are long settled."""

    def __init__(self):
        self.ahead = 3600.0

    def __call__(self):
        return time.time() + self.ahead


@pytest.fixture
def clock():
    return LaterClock()


@pytest.fixture
def store(root, database, clock):
    return FolderDocumentStore(root, database, clock, max_bytes=1000)


def keys(changes):
    return [change.key for change in changes]


def test_an_unchanged_file_is_not_read_again(store, root, monkeypatch):
    (root / "a.md").write_text("A")
    version = store.current("a.md")
    monkeypatch.setattr(folder_documents, "hash_of", None)

    assert store.current("a.md") == version
    assert list(store.list()) == [version]
    (root / "a.md").write_text("B")
    with pytest.raises(TypeError):
        store.current("a.md")


def test_a_touched_file_keeps_its_version(store, root):
    (root / "a.md").write_text("A")
    version = store.current("a.md")
    os.utime(root / "a.md", (5, 5))

    assert store.current("a.md") == version
    assert [v.revision for v in store.list()] == [version.revision]


@pytest.mark.parametrize(("ahead", "noticed"), [(0, True), (3600, False)])
def test_time_stamps_are_not_trusted_while_a_file_is_fresh(
    store, root, clock, monkeypatch, ahead, noticed
):
    # Two writes within one tick of a coarse clock leave the same stamps.
    for module in (folder_documents, folder_versions):
        monkeypatch.setattr(module, "marks_of", lambda found: str(found.st_size))
    clock.ahead = ahead
    (root / "a.md").write_text("A")
    first = store.current("a.md")
    (root / "a.md").write_text("B")

    assert (store.current("a.md").order > first.order) is noticed


def test_an_atomic_replacement_with_the_same_content_keeps_the_version(store, root):
    (root / "a.md").write_text("A")
    version = store.current("a.md")
    (root / ".a.md.swap").write_text("A")
    (root / ".a.md.swap").replace(root / "a.md")

    assert store.current("a.md") == version


@pytest.mark.parametrize(
    "key",
    [
        "../outside.md",
        "a/../../outside.md",
        "/etc/passwd",
        "a/../b.md",
        "./b.md",
        "folder",
        "folder/",
        "b.md/",
        "folder//c.md",
        ".hidden.md",
        ".hidden/c.md",
        "nul\0.md",
        "\ud800.md",
        "x" * 5000,
        "",
        ".metadata.json",
    ],
)
def test_a_key_that_names_no_document_holds_nothing(store, root, key):
    (root.parent / "outside.md").write_text("secret")
    (root / "folder").mkdir()
    (root / "folder" / "c.md").write_text("c")
    (root / ".hidden").mkdir()
    for name in ("b.md", ".hidden.md", ".hidden/c.md", ".metadata.json"):
        (root / name).write_text("b")

    assert store.current(key) is None
    with pytest.raises(SupersededError):
        store.read(ObjectVersion(key, "v1-0", 1, 1))


def test_a_file_is_a_document_where_it_lies_and_not_where_links_show_it(store, root):
    (root.parent / "outside").mkdir()
    (root.parent / "outside" / "secret.md").write_text("secret")
    (root / "real").mkdir()
    (root / "real" / "a.md").write_text("A")
    (root / "linked.md").symlink_to(root / "real" / "a.md")
    (root / "linked").symlink_to(root / "real")
    (root / ".store").mkdir()
    (root / ".store" / "kept.md").write_text("kept")
    (root / "kept.md").symlink_to(root / ".store" / "kept.md")
    (root / "out").symlink_to(root.parent / "outside")
    (root / "out.md").symlink_to(root.parent / "outside" / "secret.md")
    (root / "broken.md").symlink_to(root / "nowhere.md")
    (root / "loop.md").symlink_to(root / "loop.md")

    assert [v.document for v in store.list()] == ["real/a.md"]
    for key in ("linked.md", "linked/a.md", "out/secret.md", "out.md", "broken.md", "loop.md"):
        assert store.current(key) is None
    store.changes()
    told = {"out", "out.md", "kept.md", "broken.md", "loop.md"}
    assert {problem.path for problem in store.problems} == told


def test_a_folder_whose_name_begins_like_the_documents_folder_is_outside(store, root):
    (root.parent / "documents-private").mkdir()
    (root.parent / "documents-private" / "s.md").write_text("secret")
    (root / "s.md").symlink_to(root.parent / "documents-private" / "s.md")

    assert store.current("s.md") is None


def test_a_file_that_is_swapped_for_a_link_out_counts_as_gone(store, root):
    (root.parent / "secret.md").write_text("secret")
    (root / "a.md").write_text("A")
    version = store.current("a.md")
    (root / "a.md").unlink()
    (root / "a.md").symlink_to(root.parent / "secret.md")

    with pytest.raises(SupersededError):
        store.read(version)
    assert store.current("a.md") is None


def test_folders_that_link_to_themselves_end(store, root):
    (root / "a").mkdir()
    (root / "a" / "f.md").write_text("f")
    (root / "a" / "again").symlink_to(root / "a")
    (root / "a" / "top").symlink_to(root)

    assert [v.document for v in store.list()] == ["a/f.md"]


def test_a_very_deep_folder_is_walked(store, root):
    deep = root
    for _ in range(300):
        deep = deep / "deep"
        deep.mkdir()
    (deep / "f.md").write_text("f")

    assert [v.document for v in store.list()] == ["deep/" * 300 + "f.md"]


def test_what_is_no_regular_file_is_left_out(store, root):
    os.mkfifo(root / "pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(".", os.O_RDONLY)
        os.chdir(root)
        try:
            server.bind("socket.md")
        finally:
            os.chdir(here)
            os.close(here)
        assert list(store.list()) == []
        assert store.current("pipe.md") is None
        assert store.current("socket.md") is None


def test_names_are_kept_as_they_are_on_the_disk(store, root):
    names = ["e\u0301.md", "\u00e9.md", "a b\t\n.md", "日本.md", "back\\slash.md"]
    for name in names:
        (root / name).write_text(ascii(name))

    listed = list(store.list())
    assert sorted(names) == [v.document for v in listed]
    assert {v.document: store.read(v).decode() for v in listed} == {n: ascii(n) for n in names}


def test_a_name_that_is_not_utf8_is_reported_and_the_others_go_on(store, root):
    try:
        (root / os.fsdecode(b"bad\xff.md")).write_text("bad")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    (root / "good.md").write_text("good")

    assert keys(store.changes()) == ["good.md"]
    (problem,) = store.problems
    assert problem.path == "bad\\xff.md"
    assert "UTF-8" in problem.reason


def test_a_file_that_is_too_large_has_a_version_but_is_not_read(store, root):
    with (root / "huge.md").open("wb") as file:
        file.truncate(50_000_000_000)

    version = store.current("huge.md")
    assert version.size == 50_000_000_000
    assert store.current("huge.md") == version
    assert keys(store.changes()) == ["huge.md"]
    with pytest.raises(DocumentError) as caught:
        store.read(version)
    assert caught.value.code is FailureCode.TOO_LARGE


def test_a_raised_limit_makes_a_large_file_readable(store, root, database, clock):
    (root / "large.md").write_bytes(b"x" * 1500)
    first = store.current("large.md")
    roomy = FolderDocumentStore(root, database, clock, max_bytes=2000)

    version = roomy.current("large.md")
    assert version.order > first.order
    assert roomy.read(version) == b"x" * 1500


def test_a_file_that_grows_while_it_is_read_is_superseded(store, root):
    (root / "a.md").write_text("A")
    version = store.current("a.md")
    with (root / "a.md").open("a") as file:
        file.write(" and more")

    with pytest.raises(SupersededError):
        store.read(version)


def test_a_file_that_grows_all_the_time_still_gets_a_version(store, root):
    stop = threading.Event()

    def grow():
        with (root / "log.md").open("ab", buffering=0) as file:
            for _ in range(300):
                if stop.is_set():
                    return
                file.write(b"x")

    (root / "log.md").write_text("")
    growing = threading.Thread(target=grow)
    growing.start()
    try:
        assert store.current("log.md") is not None
    finally:
        stop.set()
        growing.join()
    assert store.read(store.current("log.md")) == (root / "log.md").read_bytes()


@needs_permissions
def test_an_unreadable_file_is_announced_and_fails_when_it_is_looked_at(store, root):
    (root / "a.md").write_text("A")
    (root / "a.md").chmod(0)
    changes = store.changes()
    assert keys(changes) == ["a.md"]
    store.announce(changes)
    assert store.changes() == []
    with pytest.raises(DocumentError) as caught:
        store.current("a.md")
    assert caught.value.code is FailureCode.UNREADABLE

    (root / "a.md").chmod(0o600)
    assert keys(store.changes()) == ["a.md"]
    assert store.read(store.current("a.md")) == b"A"


@needs_permissions
def test_documents_in_an_unreadable_folder_are_not_taken_for_deleted(store, root):
    (root / "sub").mkdir()
    (root / "sub" / "a.md").write_text("A")
    store.announce(store.changes())
    (root / "sub").chmod(0)
    try:
        assert store.changes() == []
        assert [problem.path for problem in store.problems] == ["sub/"]
        with pytest.raises(DocumentError):
            store.current("sub/a.md")
    finally:
        (root / "sub").chmod(0o700)
    assert store.changes() == []


def test_a_documents_folder_that_is_gone_does_not_delete_its_documents(store, root):
    (root / "a.md").write_text("A")
    store.announce(store.changes())
    root.rename(root.parent / "elsewhere")

    for look in (lambda: store.current("a.md"), store.changes, lambda: list(store.list())):
        with pytest.raises(TransientError, match="not there"):
            look()
    (root.parent / "elsewhere").rename(root)
    assert store.changes() == []
    assert store.current("a.md") is not None


def test_changes_are_returned_until_they_are_announced(store, root):
    (root / "a.md").write_text("A")
    (root / "b").mkdir()
    (root / "b" / "c.md.metadata.json").write_text("{}")
    (root / "~$lock.docx").write_text("x")

    first = store.changes()
    assert keys(first) == ["a.md", "b/c.md.metadata.json"]
    assert store.changes() == first
    store.announce(first[:1])
    assert keys(store.changes()) == ["b/c.md.metadata.json"]
    store.announce(first)
    assert store.changes() == []


def test_a_change_after_the_one_that_is_announced_is_not_lost(store, root):
    (root / "a.md").write_text("A")
    changes = store.changes()
    (root / "a.md").write_text("AB")
    newer = store.current("a.md")
    store.announce(changes)

    (change,) = store.changes()
    assert change.version == newer


def test_changes_and_deletions_while_nobody_looked_are_found(store, root, database, clock):
    for name in ("changed.md", "deleted.md", "same.md"):
        (root / name).write_text("A")
    store.announce(store.changes())
    (root / "changed.md").write_text("AB")
    (root / "deleted.md").unlink()
    (root / "new.md").write_text("A")

    after_restart = FolderDocumentStore(root, database, clock)
    found = after_restart.changes()
    assert keys(found) == ["changed.md", "deleted.md", "new.md"]
    assert [change.version is None for change in found] == [False, True, False]


def test_announcing_is_undone_with_the_transaction_that_enqueues(store, root, database):
    (root / "a.md").write_text("A")
    changes = store.changes()

    def announce_and_die():
        with database.transaction():
            store.announce(changes)
            raise ValueError("killed")

    with pytest.raises(ValueError, match="killed"):
        announce_and_die()
    assert store.changes() == changes


def test_a_file_that_is_being_written_is_left_until_it_rests(root, database, clock):
    clock.ahead = 0
    store = FolderDocumentStore(root, database, clock, settle_seconds=3600)
    (root / "a.md").write_text("half")
    assert store.changes() == []
    assert store.settling

    (root / "a.md").write_text("half and half")
    assert store.changes() == []
    (change,) = store.changes()
    assert store.read(change.version) == b"half and half"
    assert not store.settling


def test_a_file_that_rests_since_long_is_taken_at_once(root, database, clock):
    clock.ahead = 0
    store = FolderDocumentStore(root, database, clock)
    (root / "a.md").write_text("A")
    os.utime(root / "a.md", (time.time() - 60, time.time() - 60))

    assert keys(store.changes()) == ["a.md"]


def test_without_settling_every_file_is_taken_as_it_is(root, database, clock):
    clock.ahead = 0
    store = FolderDocumentStore(root, database, clock, settle_seconds=3600)
    (root / "a.md").write_text("A")

    assert keys(store.changes(settle_seconds=0)) == ["a.md"]


def test_a_put_file_is_there_whole_and_is_a_change_at_once(store, root, clock):
    clock.ahead = 0
    version = store.put("new/ü file.md", b"hello")

    assert (root / "new" / "ü file.md").read_bytes() == b"hello"
    assert store.current("new/ü file.md") == version
    assert [change.version for change in store.changes()] == [version]
    assert sorted(p.name for p in (root / "new").iterdir()) == ["ü file.md"]


def test_a_put_replaces_what_was_there(store):
    store.put("a.md", b"one")
    version = store.put("a.md", b"two")

    assert store.read(version) == b"two"


@pytest.mark.parametrize(
    "key",
    [
        "../a.md",
        "/a.md",
        "a/../../b.md",
        ".hidden.md",
        "~$a.docx",
        "",
        "a.md/",
        "a\nb.md",
        "a\0b.md",
        "..\\a.md",
        "\ud800.md",
        "x" * 300 + ".md",
        "taken/b.md",
        "folder",
        "out/a.md",
    ],
)
def test_a_put_under_a_name_that_cannot_be_a_document_is_refused(store, root, key):
    (root / "taken").write_text("a file")
    (root / "folder").mkdir()
    (root.parent / "outside").mkdir()
    (root / "out").symlink_to(root.parent / "outside")
    before = sorted(root.parent.rglob("*"))

    with pytest.raises(DocumentError) as caught:
        store.put(key, b"data")
    assert caught.value.code is FailureCode.UNSUPPORTED
    assert sorted(root.parent.rglob("*")) == before


def test_a_put_that_is_too_large_is_refused(store, root):
    with pytest.raises(DocumentError) as caught:
        store.put("a.md", b"x" * 1001)

    assert caught.value.code is FailureCode.TOO_LARGE
    assert list(root.iterdir()) == []


def test_looking_without_recording_tells_what_was_seen_last(store, root):
    (root / "a.md").write_text("A")
    assert store.newest("a.md") is None
    version = store.current("a.md")
    (root / "a.md").unlink()
    assert store.newest("a.md") == version

    store.current("a.md")
    assert store.newest("a.md") is None


@pytest.mark.parametrize("data", ["", "data"])
def test_a_data_file_among_the_documents_is_refused(root, clock, data):
    database = SqliteDatabase(root / data / "data.sqlite")
    with pytest.raises(InvalidConfigurationError, match="--documents"):
        FolderDocumentStore(root, database, clock)
    database.close()


def test_a_data_file_in_a_hidden_folder_among_the_documents_is_no_document(root, clock):
    database = SqliteDatabase(root / ".data" / "data.sqlite")
    store = FolderDocumentStore(root, database, clock)
    (root / "a.md").write_text("A")

    assert keys(store.changes()) == ["a.md"]
    database.close()


def test_a_file_that_comes_back_while_its_deletion_is_recorded_stays(store, root, monkeypatch):
    (root / "a.md").write_text("A")
    version = store.current("a.md")
    (root / "a.md").unlink()
    record = FolderVersions.record_gone

    def comes_back_first(versions, key, is_there):
        (root / "a.md").write_text("A")
        record(versions, key, is_there)

    monkeypatch.setattr(FolderVersions, "record_gone", comes_back_first)
    store.current("a.md")
    assert store.newest("a.md") == version


def test_two_that_look_at_once_record_one_version(root, database, clock):
    (root / "a.md").write_text("A" * 900)
    stores = [FolderDocumentStore(root, database, clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        versions = list(threads.map(lambda store: store.current("a.md"), stores))

    assert len(set(versions)) == 1


def test_a_full_disk_is_told_as_such(store, root, monkeypatch):
    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder_documents, "write_whole", full)
    with pytest.raises(StorageFullError):
        store.put("a.md", b"data")


@needs_permissions
def test_a_put_into_a_folder_that_cannot_be_written_says_so(store, root):
    root.chmod(0o500)
    try:
        with pytest.raises(DocumentError) as caught:
            store.put("a.md", b"data")
    finally:
        root.chmod(0o700)
    assert caught.value.code is FailureCode.UNREADABLE


def test_a_shortage_of_file_handles_is_no_fault_of_the_document(store, root, monkeypatch):
    (root / "a.md").write_text("A")

    def none_left(path, flags):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", none_left)
    with pytest.raises(TransientError):
        store.current("a.md")


def test_a_disk_error_makes_a_document_unreadable_but_not_deleted(store, root, monkeypatch):
    (root / "a.md").write_text("A")
    version = store.current("a.md")

    def broken(path, flags):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", broken)
        with pytest.raises(DocumentError) as caught:
            store.current("a.md")
        with pytest.raises(DocumentError):
            store.read(version)
    assert caught.value.code is FailureCode.UNREADABLE
    assert store.current("a.md") == version


def test_names_are_read_again_where_a_folders_time_was_put_back(store, root):
    long_ago = 1_000_000_000
    (root / "pay.md").write_text("A")
    os.utime(root, (long_ago, long_ago))
    store.beside("pay.md")
    (root / "pay.md.metadata.json").write_text("{}")
    os.utime(root, (long_ago, long_ago))

    assert "pay.md.metadata.json" in store.beside("pay.md")


@pytest.mark.parametrize("name", ["copy of.md", "Copy of pay.md", " .md", "\ufeffa.md", "copy of"])
def test_a_documents_own_sidecar_is_beside_it_whatever_its_name_begins_with(store, root, name):
    for each in (name, f"{name}.metadata.json"):
        (root / each).write_text("{}")

    assert f"{name}.metadata.json" in store.beside(name)


def test_a_sidecar_that_was_copied_is_beside_the_document(store, root):
    copies = [" pay.md.metadata.json", "Copy of pay.md.metadata.json", "\ufeffpay.md.metadata.json"]
    for each in ("pay.md", *copies):
        (root / each).write_text("{}")

    assert set(store.beside("pay.md")) == {"pay.md", *copies}
