"""One index of the stand-in's own engine: its rows, and what is visible of them."""

from __future__ import annotations

import heapq
import itertools
import secrets
from collections import defaultdict
from dataclasses import dataclass

from stack_local.serverless.exchange import Json
from stack_local.serverless.field_types import (
    Field,
    ParsedDocument,
    Value,
    parse_document,
    read_fields,
)
from stack_local.serverless.lexical import LexicalField
from stack_local.serverless.vectors import VectorField

Postings = dict[Value, set[int]]


@dataclass(slots=True)
class Row:
    """One stored document."""

    number: int
    id: str
    source: Json
    values: ParsedDocument
    due: float = 0.0


class StoredIndex:
    """Rows by number; what is written or deleted shows only once it is due."""

    def __init__(self, name: str, body: Json) -> None:
        self.name = name
        self.uuid = secrets.token_urlsafe(16)
        self.mappings: Json = body.get("mappings", {})
        self.settings: Json = body.get("settings", {})
        self.fields: dict[str, Field] = read_fields(self.mappings, self.settings)
        self.rows: dict[int, Row] = {}
        self.shown: set[int] = set()
        self._by_id: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._due: list[tuple[float, int, bool, int]] = []
        self._order = itertools.count()
        self._postings: dict[str, Postings] = defaultdict(dict)
        self._lexical: dict[str, LexicalField] = {}
        self._vectors: dict[str, VectorField] = {}

    def remap(self, mappings: Json) -> None:
        """Take a mapping with more fields; rows that are there already are not read again."""
        self.fields = {**self.fields, **read_fields(mappings, self.settings)}
        self.mappings = mappings

    def parse(self, source: Json) -> ParsedDocument:
        """A document's values (Refusal where they do not fit)."""
        return parse_document(self.fields, str(self.mappings.get("dynamic")), source)

    def add(self, id_: str, source: Json, values: ParsedDocument, due: float) -> None:
        """Keep a row, to be shown at a time."""
        row = Row(next(self._numbers), id_, source, values, due)
        self.rows[row.number] = row
        self._by_id[id_] = row.number
        heapq.heappush(self._due, (due, next(self._order), True, row.number))

    def remove(self, id_: str, due: float) -> bool:
        """Have a row hidden at a time. Returns whether it was there."""
        number = self._by_id.pop(id_, None)
        if number is None:
            return False
        # Never before the row itself is shown, or it would stay for ever.
        due = max(due, self.rows[number].due)
        heapq.heappush(self._due, (due, next(self._order), False, number))
        return True

    def advance(self, now: float) -> None:
        """Show and hide what is due."""
        while self._due and self._due[0][0] <= now:
            _, _, show, number = heapq.heappop(self._due)
            if show:
                self._show(self.rows[number])
            else:
                self._hide(number)

    def postings(self, field: str) -> Postings:
        """Value → rows, more rows than are shown perhaps."""
        return self._postings.get(field, {})

    def lexical(self, field: str) -> LexicalField | None:
        """A text field's words; None where no document has any."""
        return self._lexical.get(field)

    def vectors(self, field: str) -> VectorField | None:
        """A vector field's vectors; None where no document has any."""
        return self._vectors.get(field)

    def close(self) -> None:
        """Free the memory of the words."""
        for each in self._lexical.values():
            each.close()

    def _show(self, row: Row) -> None:
        self.shown.add(row.number)
        for field, values in row.values.terms.items():
            postings = self._postings[field]
            for value in values:
                postings.setdefault(value, set()).add(row.number)
        for field, text in row.values.texts.items():
            if field not in self._lexical:
                self._lexical[field] = LexicalField(stems=self.fields[field].stems)
            self._lexical[field].add(row.number, text)
        for field, vector in row.values.vectors.items():
            if field not in self._vectors:
                self._vectors[field] = VectorField(len(vector))
            self._vectors[field].add(row.number, vector)

    def _hide(self, number: int) -> None:
        self.shown.discard(number)
        row = self.rows.pop(number)
        for field, values in row.values.terms.items():
            postings = self._postings[field]
            for value in set(values):
                postings[value].discard(number)
                if not postings[value]:
                    del postings[value]
        for field in row.values.texts:
            self._lexical[field].remove(number)
        for field in row.values.vectors:
            self._vectors[field].remove(number)
