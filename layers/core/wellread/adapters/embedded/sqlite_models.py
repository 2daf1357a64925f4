"""Tuned models, in the data file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.knowledge.errors import ConflictError
from wellread.domain.tune.models import (
    ModelChange,
    ModelStatus,
    RunName,
    TunedModel,
    is_same_model,
)
from wellread.wire.stored_models import pack_model, unpack_model


class SqliteModelRegistry:
    """A `ModelRegistry` of the data file."""

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def register(self, model: TunedModel) -> None:
        with self._database.transaction() as connection:
            stored = _body(connection, model.run)
            known = None if stored is None else unpack_model(stored)
            if known is None or known.status is ModelStatus.CANDIDATE:
                _write(connection, model, stored)
            elif not is_same_model(known, model):
                raise ConflictError(
                    f"The run {model.run} has a model that was judged already. Give the new run "
                    "another name."
                )

    def get(self, run: RunName) -> TunedModel | None:
        with self._database.snapshot() as connection:
            stored = _body(connection, run)
        return None if stored is None else unpack_model(stored)

    def list(self) -> Sequence[TunedModel]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT body FROM tuned_model ORDER BY created_at, run"
            ).fetchall()
        return [unpack_model(body) for (body,) in rows]

    def replace(self, *changes: ModelChange) -> None:
        # Who gives up the place goes first: no two hold it, not even within the transaction.
        in_order = sorted(changes, key=lambda change: _is_promoted(change.after))
        with self._database.transaction() as connection:
            for change in in_order:
                stored = _body(connection, change.before.run)
                if stored is None or unpack_model(stored) != change.before:
                    raise ConflictError(
                        f"What is known of the model {change.before.run} was changed meanwhile. "
                        "Look at the models and try again."
                    )
                if _is_promoted(change.after) and _other_promoted(connection, change.after.run):
                    raise ConflictError("Another model was promoted meanwhile. Look at the models.")
                _write(connection, change.after, stored)

    def promoted(self) -> TunedModel | None:
        with self._database.snapshot() as connection:
            row = connection.execute("SELECT body FROM tuned_model WHERE promoted = 1").fetchone()
        return None if row is None else unpack_model(row[0])


def _body(connection: sqlite3.Connection, run: RunName) -> bytes | None:
    row = connection.execute("SELECT body FROM tuned_model WHERE run = ?", (run,)).fetchone()
    return None if row is None else row[0]


def _write(connection: sqlite3.Connection, model: TunedModel, stored: bytes | None) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO tuned_model (run, created_at, promoted, body) VALUES (?, ?, ?, ?)",
        (model.run, model.created_at, _is_promoted(model), pack_model(model, stored)),
    )


def _is_promoted(model: TunedModel) -> bool:
    return model.status is ModelStatus.PROMOTED


def _other_promoted(connection: sqlite3.Connection, run: RunName) -> bool:
    row = connection.execute(
        "SELECT 1 FROM tuned_model WHERE promoted = 1 AND run != ?", (run,)
    ).fetchone()
    return row is not None
