"""A look at the documents folder of those who only show documents: it changes nothing."""

from __future__ import annotations

import json
import time

import pytest

from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.folder_look import FolderLook
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DocumentError, SupersededError, TransientError
from wellread.services.access.sidecars import read_sidecar


@pytest.fixture
def look(root, database):
    return FolderLook(root, database, time.time)


def test_a_look_says_what_is_there_and_that_it_changed(root, look):
    (root / "a.md").write_text("A")
    before = look.current("a.md")
    assert before is not None
    assert look.current("a.md") == before
    assert look.read(before) == b"A"

    (root / "a.md").write_text("longer")
    assert look.current("a.md") != before
    with pytest.raises(SupersededError):
        look.read(before)
    (root / "a.md").unlink()
    assert look.current("a.md") is None
    with pytest.raises(SupersededError):
        look.read(before)


def test_a_look_reads_what_a_sidecar_says_now(root, look):
    (root / "a.md").write_text("A")
    assert read_sidecar(look, DocumentId("a.md")) is None
    said = {"metadataAttributes": {"audience": "hr"}}
    (root / "a.md.metadata.json").write_text(json.dumps(said))
    assert read_sidecar(look, DocumentId("a.md")).audience == {"hr"}
    (root / "a.md.metadata.json").write_text("{")
    assert read_sidecar(look, DocumentId("a.md")).error


def test_a_look_does_not_have_a_file_taken_in_that_is_still_being_written(root, database, look):
    store = FolderDocumentStore(root, database, time.time, settle_seconds=60.0)
    (root / "a.md").write_text("the first ha")
    assert look.current("a.md") is not None
    assert list(store.changes()) == []
    assert store.settling

    (root / "b.md").write_text("B")
    store.announce(store.changes(settle_seconds=0))
    (root / "b.md").unlink()
    assert look.current("b.md") is None
    assert [change.version for change in store.changes()] == [None]


def test_a_look_takes_no_folder_that_is_not_there_for_an_empty_one(root, look):
    root.rmdir()
    with pytest.raises(TransientError, match="not there"):
        look.current("a.md")


def test_a_look_cannot_be_led_out_of_the_folder(root, tmp_path, look):
    (tmp_path / "secret.md").write_text("S")
    (root / "a.md").symlink_to(tmp_path / "secret.md")
    assert look.current("a.md") is None
    assert look.current("../secret.md") is None
    (root / "b.md.metadata.json").symlink_to(tmp_path / "secret.md")
    with pytest.raises(DocumentError):
        look.current("b.md.metadata.json")
