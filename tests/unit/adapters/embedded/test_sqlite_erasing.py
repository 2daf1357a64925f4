"""A data file from before lists and erasing: what they need is there after its migration."""

from __future__ import annotations

import pytest

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore
from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
from wellread.adapters.embedded.sqlite_schema import MIGRATIONS
from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Feedback, GivenFeedback, Verdict
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.wire.stored_form import pack, pack_names, pack_record

HR = frozenset({"hr"})
TURN = {
    "question": "Who?",
    "standalone": "Who?",
    "answer": "They [1].",
    "declined": False,
    "mode": "rag",
    "documents": ["a.md"],
    "correlation_id": "c",
}
VERDICT = {"verdict": "down", "reason": "not they", "correction": None, "at": 1.0}


@pytest.fixture
def older(tmp_path):
    path = tmp_path / "data.sqlite"
    database = SqliteDatabase(path, migrations=MIGRATIONS[:2])
    with database.transaction() as connection:
        for document, deleted in (("a.md", False), ("gone.md", True)):
            record = DocumentRecord(
                DocumentId(document), DocumentStatus.INDEXED, "v", HR, 1.0, 1.0, deleted=deleted
            )
            connection.execute(
                "INSERT INTO document_record VALUES (?, 'indexed', 1, ?, ?, ?)",
                (document, deleted, pack_names(HR), pack_record(record)),
            )
        connection.execute("INSERT INTO thread VALUES ('t', ?)", (pack("asker"),))
        later = {"question": "And?", "standalone": "Who and?", "documents": []}
        apart = {"question": "When?", "standalone": "When?", "documents": ["b.md"]}
        for number, body in enumerate((TURN, TURN | later, TURN | apart), start=1):
            connection.execute("INSERT INTO turn VALUES ('t', ?, ?)", (number, pack(body)))
        connection.execute(
            "INSERT INTO feedback (thread, turn, asker, body) VALUES ('t', 1, ?, ?)",
            (pack("asker"), pack(VERDICT)),
        )
    database.close()
    migrated = SqliteDatabase(path)
    yield migrated
    migrated.close()


def test_what_somebody_may_read_is_listed_after_the_migration(older):
    registry = SqliteDocumentRegistry(older)

    assert [each.document for each in registry.list_for(Scope.of("hr"))] == ["a.md"]
    assert registry.list_for(Scope.of("everyone")) == []


def test_what_turns_and_verdicts_hold_of_a_document_goes_with_it_after_the_migration(older):
    threads, verdicts = SqliteThreadStore(older), SqliteFeedbackStore(older)
    assert [turn.drawn_on for turn in threads.turns("t")] == [{"a.md"}, {"a.md"}, {"b.md"}]
    for store in (threads, verdicts):
        store.erase(DocumentId("a.md"))

    assert [turn.erased for turn in threads.turns("t")] == [True, True, False]
    assert verdicts.list()[0].feedback.reason is None


def test_a_verdict_of_before_is_read_and_replaced_by_a_later_one_of_the_same_person(older):
    verdicts = SqliteFeedbackStore(older)
    before = Feedback("t", 1, Verdict.DOWN, "not they")
    assert verdicts.list() == [GivenFeedback(before, "asker", "web", 1.0)]

    later = GivenFeedback(Feedback("t", 1, Verdict.UP), "asker", "slack", 2.0)
    verdicts.put(later)
    assert verdicts.list() == [later]
