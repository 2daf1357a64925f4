"""The tables of the data file, as the migrations that lead to them.

A migration is never edited once released: a change is a new one at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from wellread.adapters.embedded.sqlite_index_rows import recut
from wellread.adapters.embedded.sqlite_readers import write_all_readers
from wellread.adapters.embedded.sqlite_sources import name_sources

Migration = tuple[str | Callable[[sqlite3.Connection], None], ...]
"""Statements, and functions that do what takes more than SQL."""

_FIRST: Migration = (
    # One counter for everything that must grow for good, even across deletions.
    "CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    # Registry
    """CREATE TABLE document_record (
        document TEXT PRIMARY KEY,
        status TEXT NOT NULL,
        generation INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        audiences BLOB NOT NULL,
        record BLOB NOT NULL
    )""",
    "CREATE INDEX document_record_counts ON document_record (deleted, status, audiences)",
    "CREATE INDEX document_record_status ON document_record (deleted, status, document)",
    # Revisions
    """CREATE TABLE revision_text (
        document TEXT NOT NULL,
        revision TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (document, revision)
    )""",
    """CREATE TABLE staged_batch (
        document TEXT NOT NULL,
        build TEXT NOT NULL,
        batch INTEGER NOT NULL,
        revision TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (document, build, batch)
    )""",
    # Queues
    """CREATE TABLE queue_message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        body BLOB NOT NULL,
        rank INTEGER NOT NULL DEFAULT 0,
        sent_at REAL NOT NULL,
        visible_at REAL NOT NULL,
        receive_count INTEGER NOT NULL DEFAULT 0,
        receipt TEXT,
        dead INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX queue_message_visible ON queue_message (queue, dead, rank, visible_at)",
    "CREATE INDEX queue_message_receipt ON queue_message (receipt) WHERE receipt IS NOT NULL",
    # Threads and feedback
    """CREATE TABLE thread (
        id TEXT PRIMARY KEY,
        asker BLOB NOT NULL
    )""",
    """CREATE TABLE turn (
        thread TEXT NOT NULL REFERENCES thread (id),
        number INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (thread, number)
    )""",
    """CREATE TABLE feedback (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread TEXT NOT NULL,
        turn INTEGER NOT NULL,
        asker BLOB NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (thread, turn)
    )""",
    # Vectors by content
    """CREATE TABLE cached_vector (
        model TEXT NOT NULL,
        hash TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (model, hash)
    )""",
    # Passage index. Ids are never reused (AUTOINCREMENT): other processes keep them in memory.
    "CREATE TABLE index_audiences (id INTEGER PRIMARY KEY AUTOINCREMENT, names BLOB UNIQUE)",
    """CREATE TABLE index_document (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document TEXT NOT NULL UNIQUE,
        audiences INTEGER NOT NULL REFERENCES index_audiences (id),
        change INTEGER NOT NULL
    )""",
    "CREATE INDEX index_document_change ON index_document (change)",
    """CREATE TABLE index_write (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES index_document (id),
        revision TEXT NOT NULL,
        build TEXT NOT NULL,
        token TEXT NOT NULL,
        added_at REAL NOT NULL,
        UNIQUE (document, build, token, revision)
    )""",
    # Narrow on purpose: the lexical leg looks up a row of it for every match that it considers.
    """CREATE TABLE chunk (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES index_document (id),
        write INTEGER NOT NULL REFERENCES index_write (id),
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        page INTEGER
    )""",
    "CREATE INDEX chunk_write ON chunk (write)",
    # The texts are as they are searched; `exact` holds them as they are, where that differs.
    """CREATE TABLE chunk_text (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        path TEXT NOT NULL,
        text TEXT NOT NULL,
        exact BLOB
    )""",
    """CREATE VIRTUAL TABLE chunk_words USING fts5 (
        title, path, text,
        content = 'chunk_text', content_rowid = 'id',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )""",
    """CREATE TRIGGER chunk_text_added AFTER INSERT ON chunk_text BEGIN
        INSERT INTO chunk_words (rowid, title, path, text)
        VALUES (new.id, new.title, new.path, new.text);
    END""",
    """CREATE TRIGGER chunk_text_deleted AFTER DELETE ON chunk_text BEGIN
        INSERT INTO chunk_words (chunk_words, rowid, title, path, text)
        VALUES ('delete', old.id, old.title, old.path, old.text);
    END""",
    """CREATE TABLE index_model (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version TEXT NOT NULL UNIQUE,
        dimensions INTEGER NOT NULL
    )""",
    """CREATE TABLE chunk_vector (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        model INTEGER NOT NULL REFERENCES index_model (id),
        chunk INTEGER NOT NULL,
        vector BLOB NOT NULL,
        UNIQUE (model, chunk)
    )""",
    "CREATE INDEX chunk_vector_chunk ON chunk_vector (chunk)",
    # Chunks whose vectors went, so that a process can follow without reading everything again.
    """CREATE TABLE index_dropped (
        change INTEGER NOT NULL,
        chunk INTEGER NOT NULL,
        PRIMARY KEY (change, chunk)
    ) WITHOUT ROWID""",
    """CREATE TABLE index_state (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        change INTEGER NOT NULL,
        model TEXT,
        embedder TEXT
    )""",
    "INSERT INTO index_state (one, change) VALUES (1, 0)",
    # The documents folder as a versioned bucket: the newest version of every key it ever held.
    """CREATE TABLE folder_object (
        key TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        announced INTEGER NOT NULL DEFAULT 0,
        deleted INTEGER NOT NULL,
        revision TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        size INTEGER NOT NULL,
        stat TEXT NOT NULL,
        settled INTEGER NOT NULL
    )""",
    # The disk that the folder was on when it last held something.
    "CREATE TABLE folder_disk (one INTEGER PRIMARY KEY CHECK (one = 1), device TEXT NOT NULL)",
    "CREATE INDEX folder_object_unannounced ON folder_object (key) WHERE announced < version",
)

_SECOND: Migration = (
    # How many chunks hold which word, for words that none holds as they were typed.
    "CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab(chunk_words, row)",
    # Words of scripts without spaces were kept whole, so that only whole sentences were found.
    recut,
)

_THIRD: Migration = (
    # Who may read what, so that a list costs what it shows.
    """CREATE TABLE document_reader (
        audience BLOB NOT NULL,
        status TEXT NOT NULL,
        composed TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (audience, status, composed, document)
    ) WITHOUT ROWID""",
    "CREATE INDEX document_reader_document ON document_reader (document)",
    write_all_readers,
    # Which turns and verdicts hold words of which documents, so that they go with them.
    """CREATE TABLE word_source (
        kind TEXT NOT NULL,
        document TEXT NOT NULL,
        thread TEXT NOT NULL,
        turn INTEGER NOT NULL,
        PRIMARY KEY (kind, document, thread, turn)
    ) WITHOUT ROWID""",
    "CREATE INDEX word_source_turn ON word_source (kind, thread, turn)",
    name_sources,
)

_FEEDBACK_BY_PERSON: Migration = (
    # There was one verdict a turn; each person who reads a reply has one, and may ask a human.
    "ALTER TABLE feedback RENAME TO verdict_of_turn",
    """CREATE TABLE feedback (
        thread TEXT NOT NULL,
        turn INTEGER NOT NULL,
        kind TEXT NOT NULL,
        asker BLOB NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (thread, turn, kind, asker)
    ) WITHOUT ROWID""",
    """INSERT INTO feedback (thread, turn, kind, asker, body)
        SELECT thread, turn, 'verdict', asker, body FROM verdict_of_turn""",
    "DROP TABLE verdict_of_turn",
)


_CHAT: Migration = (
    # Messages of one group are delivered one after another.
    "ALTER TABLE queue_message ADD COLUMN grouped TEXT",
    "ALTER TABLE queue_message ADD COLUMN deduplication TEXT",
    "CREATE INDEX queue_message_grouped ON queue_message (queue, grouped, id)"
    " WHERE grouped IS NOT NULL",
    "CREATE INDEX queue_message_deduplication ON queue_message (queue, deduplication)"
    " WHERE deduplication IS NOT NULL",
    # What was enqueued a short while ago, whether it is done or not.
    """CREATE TABLE queue_sent (
        queue TEXT NOT NULL,
        deduplication TEXT NOT NULL,
        sent_at REAL NOT NULL,
        PRIMARY KEY (queue, deduplication)
    ) WITHOUT ROWID""",
    # How far the reply to each message of a chat is.
    """CREATE TABLE reply (
        key TEXT PRIMARY KEY,
        generation INTEGER NOT NULL,
        lease_until REAL NOT NULL,
        expires_at REAL NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX reply_expires_at ON reply (expires_at)",
)

_ASKED: Migration = (
    # Who asked which turn, in the order in which they did.
    """CREATE TABLE asked (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        asker BLOB NOT NULL,
        thread TEXT NOT NULL,
        turn INTEGER NOT NULL,
        UNIQUE (thread, turn)
    )""",
    "CREATE INDEX asked_asker ON asked (asker, id)",
)

_TUNED_MODELS: Migration = (
    """CREATE TABLE tuned_model (
        run TEXT PRIMARY KEY,
        created_at REAL NOT NULL,
        promoted INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID""",
    # At most one of them answers.
    "CREATE UNIQUE INDEX tuned_model_promoted ON tuned_model (promoted) WHERE promoted = 1",
)

_REVIEWED: Migration = (
    # Replies that did not help, and answers that somebody reviewed, found by their questions.
    """CREATE TABLE feedback_case (
        id TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        body BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE reviewed_answer (
        id TEXT PRIMARY KEY,
        body BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE reviewed_question (
        key BLOB NOT NULL,
        id TEXT NOT NULL,
        PRIMARY KEY (key, id)
    ) WITHOUT ROWID""",
    # What the documents did not answer, by when it was asked.
    """CREATE TABLE unanswered (
        at REAL NOT NULL,
        thread TEXT NOT NULL,
        turn INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (at, thread, turn)
    ) WITHOUT ROWID""",
)

MIGRATIONS: tuple[Migration, ...] = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FEEDBACK_BY_PERSON,
    _CHAT,
    _ASKED,
    _TUNED_MODELS,
    _REVIEWED,
)
"""`MIGRATIONS[n]` leads from schema version n to n + 1 (`PRAGMA user_version`)."""
