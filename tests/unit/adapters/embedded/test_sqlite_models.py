"""Under any schedule of calls the adapters behave like a few dictionaries."""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
from wellread.domain.access.scope import Scope
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import Chunk, IndexedChunk
from wellread.domain.knowledge.errors import ConflictError
from wellread.ports.index import PassageQuery

NAMES = st.sampled_from(["a.md", "b/c.md", "ü.md"])
AUDIENCES = st.frozensets(st.sampled_from(["everyone", "hr", "it"]), max_size=2)
SHORT = settings(max_examples=30)


@SHORT
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "stale put", "remove", "stale remove"]),
            NAMES,
            st.sampled_from(list(DocumentStatus)),
            AUDIENCES,
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_a_registry_is_a_dictionary_with_conditions(steps):
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "data.sqlite")
        registry = SqliteDocumentRegistry(database)
        model: dict[str, DocumentRecord] = {}
        for action, name, status, audiences, deleted in steps:
            known = model.get(name)
            generation = known.generation if known else 0
            if action.startswith("stale"):
                generation += 1_000_000
            record = DocumentRecord(
                name, status, "v", audiences, 0.0, 0.0, generation=generation, deleted=deleted
            )
            try:
                if action.endswith("put"):
                    model[name] = registry.put(record)
                    assert replace(model[name], generation=generation) == record
                else:
                    registry.remove(record)
                    model.pop(name, None)
            except ConflictError:
                assert action.startswith("stale")
            else:
                assert not action.startswith("stale")

        living = sorted(name for name, record in model.items() if not record.deleted)
        assert registry.get_many(list(model)) == model
        assert [record.document for record in registry.list()] == living
        assert sum(registry.counts().values()) == len(living)
        for scope in (Scope.of("everyone"), Scope.of("hr", "it")):
            assert [record.document for record in registry.list_for(scope)] == [
                name for name in living if scope.permits(model[name].audiences)
            ]
        for (status, audiences), count in registry.counts().items():
            alike = [r for r in model.values() if (r.status, r.audiences) == (status, audiences)]
            assert count == len([record for record in alike if not record.deleted])
        database.close()


@SHORT
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "add", "delete", "access", "search", "reopen"]),
            NAMES,
            st.sampled_from(["b1", "b2"]),
            AUDIENCES,
            st.frozensets(st.frozensets(st.sampled_from(["everyone", "hr", "it"])), max_size=2),
        ),
        max_size=25,
    )
)
def test_an_index_is_a_set_of_chunks_with_audiences(steps):
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "data.sqlite")
        index = SqlitePassageIndex(database)
        chunks: set[tuple[str, str, str]] = set()
        audiences_of: dict[str, frozenset[str]] = {}
        tokens = itertools.count()
        for action, name, build, audiences, viewers in steps:
            if action == "add":
                token = f"w{next(tokens)}"
                chunk = Chunk(0, 0, 5, "words", "")
                index.add(
                    [IndexedChunk(name, "v", build, token, chunk, audiences, (1.0, 0.0))], "m"
                )
                chunks.add((name, build, token))
                audiences_of[name] = audiences
            elif action == "delete":
                gone = {c for c in chunks if c[:2] == (name, build)}
                assert index.delete(name, frozenset({build})) == len(gone)
                chunks -= gone
            elif action == "access":
                index.update_access(name, audiences, own=audiences)
                if any(c[0] == name for c in chunks):
                    audiences_of[name] = audiences
            elif action == "reopen":
                index = SqlitePassageIndex(database)
            scope = Scope(viewers)
            seen = {(n, t) for n, _, t in chunks if scope.permits(audiences_of[n])}
            hits = index.search(PassageQuery("words", (1.0, 0.0), "m", 100), scope)
            assert {(p.document, p.write) for p in hits.lexical} == seen
            assert {(p.document, p.write) for p in hits.vector} == seen
        assert index.stats().chunks == len(chunks)
        database.close()


@SHORT
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("write"), NAMES, st.sampled_from([b"A", b"B", b"longer"])),
            st.tuples(st.sampled_from(["delete", "look", "scan", "reopen"]), NAMES, st.just(b"")),
        ),
        max_size=25,
    )
)
def test_a_folder_announces_every_change_and_ends_with_what_it_holds(steps):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "documents"
        root.mkdir()
        database = SqliteDatabase(Path(folder) / "data.sqlite")
        store = FolderDocumentStore(root, database, time.time)
        model: dict[str, bytes] = {}
        announced: dict[str, bytes | None] = {}
        orders: dict[str, int] = {}

        def scan():
            changes = store.changes(settle_seconds=0)
            for change in changes:
                assert change.order > orders.get(change.key, 0)
                orders[change.key] = change.order
                announced[change.key] = change.version and store.read(change.version)
            store.announce(changes)

        for action, name, content in steps:
            path = root / name
            if action == "write":
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
                model[name] = content
            elif action == "delete" and name in model:
                path.unlink()
                del model[name]
            elif action == "look":
                version = store.current(name)
                assert (version and store.read(version)) == model.get(name)
            elif action == "scan":
                scan()
            elif action == "reopen":
                store = FolderDocumentStore(root, database, time.time)
        scan()
        assert {n: content for n, content in announced.items() if content is not None} == model
        assert {v.document: store.read(v) for v in store.list()} == model
        database.close()
