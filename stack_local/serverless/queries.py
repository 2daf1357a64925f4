"""The queries that the stand-in's own engine knows. Any other, any other option: 400.

https://docs.opensearch.org/latest/query-dsl/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Any

from stack_local.serverless.exchange import Json, Refusal
from stack_local.serverless.field_types import Field, Value, value_of
from stack_local.serverless.lexical import LexicalField
from stack_local.serverless.stored_index import StoredIndex

Scores = dict[int, float]

_MOST_TERMS = 65_536
_MOST_CLAUSES = 1024
_MOST_NEIGHBOURS = 10_000
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def unparsed(reason: str) -> Refusal:
    """The refusal of a request that is not understood."""
    return Refusal.because(400, "parsing_exception", reason)


def impossible(reason: str) -> Refusal:
    """The refusal of a request that is understood, but cannot be done."""
    cause = {"type": "query_shard_exception", "reason": reason}
    return Refusal.because(
        400,
        "search_phase_execution_exception",
        "all shards failed",
        phase="query",
        failed_shards=[{"shard": 0, "reason": cause}],
    )


@dataclass(frozen=True, slots=True)
class Matcher:
    """Queries over some rows of an index.

    Attributes:
        rows: Those of them that may match at all.
    """

    index: StoredIndex
    rows: Set[int]

    def match(self, query: object) -> Scores:
        """The rows that match, with their scores. What does not rank scores 1.

        Raises:
            Refusal: 400, the query is not known or does not fit the mapping.
        """
        if not isinstance(query, dict) or len(query) != 1:
            raise unparsed("[query] malformed, expected one query")
        ((name, body),) = query.items()
        known = _QUERIES.get(name)
        if known is None:
            raise unparsed(f"unknown query [{name}]")
        return known(self, body)

    def bool_(self, body: object) -> Scores:
        """The rows that match all of must and filter, enough of should, and none of must_not."""
        options = _options(
            "bool", body, {"must", "filter", "should", "must_not", "minimum_should_match"}
        )
        must = [self.match(each) for each in _listed(options.get("must"))]
        filters = [self.match(each) for each in _listed(options.get("filter"))]
        should = [self.match(each) for each in _listed(options.get("should"))]
        must_not = [self.match(each) for each in _listed(options.get("must_not"))]
        if sum(map(len, (must, filters, should, must_not))) > _MOST_CLAUSES:
            raise impossible(f"too_many_clauses: maxClauseCount is set to {_MOST_CLAUSES}")
        wanted = options.get("minimum_should_match", 0 if must or filters or not should else 1)
        if not isinstance(wanted, int):
            raise unparsed("the stand-in takes minimum_should_match as a number")
        found: Set[int] = self.rows
        for each in (*must, *filters):
            found = found & each.keys()
        for each in must_not:
            found = found - each.keys()
        if wanted > 0:
            found = {row for row in found if sum(1 for each in should if row in each) >= wanted}
        return {row: sum(each.get(row, 0.0) for each in (*must, *should)) for row in found}

    def match_all(self, body: object) -> Scores:
        """Every row."""
        _options("match_all", body, set())
        return dict.fromkeys(self.rows, 1.0)

    def term(self, body: object) -> Scores:
        """The rows that have a value."""
        name, value = _named("term", body)
        return self._terms(name, [value])

    def terms(self, body: object) -> Scores:
        """The rows that have one of several values."""
        name, values = _named("terms", body)
        if not isinstance(values, list):
            raise unparsed("[terms] query wants a list of values")
        if len(values) > _MOST_TERMS:
            raise impossible(f"The number of terms [{len(values)}] exceeds [{_MOST_TERMS}]")
        return self._terms(name, values)

    def prefix(self, body: object) -> Scores:
        """The rows with a value, or a word, that begins so."""
        name, asked = _named("prefix", body)
        value = _options("prefix", asked, {"value"}).get("value")
        if not isinstance(value, str):
            raise unparsed("[prefix] query wants a text")
        field = self.index.fields.get(name)
        if field is not None and field.kind == "text" and field.indexed:
            words = self.index.lexical(name)
            return {} if words is None else self._all(words.beginning(value, self.rows))
        if field is not None and field.kind != "keyword":
            raise impossible(f"Can only use prefix queries on keywords and texts - not [{name}]")
        return self._chosen(name, lambda each: str(each).startswith(value))

    def range(self, body: object) -> Scores:
        """The rows with a value between bounds."""
        name, bounds = _named("range", body)
        options = _options("range", bounds, set(_BOUNDS))
        field = self._field(name)
        if field is None:
            return {}
        sides = [(_BOUNDS[side], fitting(field, bound)) for side, bound in options.items()]
        return self._chosen(name, lambda each: all(holds(each, bound) for holds, bound in sides))

    def exists(self, body: object) -> Scores:
        """The rows that have any value."""
        name = _options("exists", body, {"field"}).get("field")
        if not isinstance(name, str):
            raise unparsed("[exists] must be provided with a [field]")
        self._field(name)
        return self._all(row for rows in self.index.postings(name).values() for row in rows)

    def ids(self, body: object) -> Scores:
        """The rows with these ids."""
        wanted = _options("ids", body, {"values"}).get("values")
        if not isinstance(wanted, list):
            raise unparsed("[ids] wants a list of values")
        return self._all(row for row in self.rows if self.index.rows[row].id in wanted)

    def match_text(self, body: object) -> Scores:
        """The rows that hold a word of a text, by BM25."""
        name, value = _named("match", body)
        options = _options("match", value, {"query", "operator"})
        if options.get("operator", "or") != "or":
            raise unparsed("the stand-in knows only the operator or of [match]")
        words = self._words(name)
        asked = _text("match", options.get("query"))
        return {} if words is None else words.matching(asked, self.rows)

    def match_phrase(self, body: object) -> Scores:
        """The rows that hold the words of a text one after the other, by BM25."""
        name, value = _named("match_phrase", body)
        words = self._words(name)
        if words is not None and not self.index.fields[name].places:
            raise impossible(f"field:[{name}] was indexed without position data")
        asked = _text("match_phrase", value)
        return {} if words is None else words.phrase(asked, self.rows)

    def knn(self, body: object) -> Scores:
        """The nearest rows among those that the filter lets through."""
        name, value = _named("knn", body)
        options = _options("knn", value, {"vector", "k", "filter"})
        k, vector = options.get("k"), options.get("vector")
        if not isinstance(k, int) or not 0 < k <= _MOST_NEIGHBOURS:
            raise unparsed("[knn] requires k between 1 and 10000")
        field = self.index.fields.get(name)
        if field is None or field.kind != "knn_vector":
            raise impossible(f"failed to create query: Field '{name}' is not knn_vector type.")
        if not isinstance(vector, list) or len(vector) != field.dimension:
            raise impossible(
                "failed to create query: Query vector has invalid dimension:"
                f" {len(vector) if isinstance(vector, list) else 0}."
                f" Dimension should be: {field.dimension}"
            )
        among = self.match(options["filter"]).keys() if "filter" in options else self.rows
        vectors = self.index.vectors(name)
        return {} if vectors is None else vectors.nearest(vector, among, k)

    def _words(self, name: str) -> LexicalField | None:
        field = self.index.fields.get(name)
        if field is not None and (field.kind != "text" or not field.indexed):
            raise impossible(f"Cannot look for words in [{name}]: it is no text that is indexed.")
        return self.index.lexical(name)

    def _field(self, name: str) -> Field | None:
        field = self.index.fields.get(name)
        if field is not None and field.kind in ("text", "knn_vector"):
            raise impossible(f"the stand-in does not look for exact values in [{name}]")
        if field is not None and not field.indexed and not field.doc_values:
            raise impossible(
                f"failed to create query: Cannot search on field [{name}] since it is both not"
                " indexed, and does not have doc_values enabled."
            )
        return field

    def _terms(self, name: str, values: Iterable[object]) -> Scores:
        field = self._field(name)
        if field is None:
            return {}
        postings = self.index.postings(name)
        return self._all(row for value in values for row in postings.get(fitting(field, value), ()))

    def _chosen(self, name: str, chosen: Callable[[Value], bool]) -> Scores:
        if self._field(name) is None:
            return {}
        postings = self.index.postings(name)
        return self._all(row for value, rows in postings.items() if chosen(value) for row in rows)

    def _all(self, rows: Iterable[int]) -> Scores:
        return dict.fromkeys((row for row in rows if row in self.rows), 1.0)


_QUERIES: dict[str, Callable[[Matcher, object], Scores]] = {
    "bool": Matcher.bool_,
    "exists": Matcher.exists,
    "ids": Matcher.ids,
    "knn": Matcher.knn,
    "match": Matcher.match_text,
    "match_all": Matcher.match_all,
    "match_phrase": Matcher.match_phrase,
    "prefix": Matcher.prefix,
    "range": Matcher.range,
    "term": Matcher.term,
    "terms": Matcher.terms,
}


def _options(query: str, body: object, known: set[str]) -> Json:
    if not isinstance(body, dict):
        raise unparsed(f"[{query}] query malformed, no start_object after query name")
    unknown = set(body) - known - {"boost", "_name"}
    if unknown or body.get("boost", 1) != 1:
        raise unparsed(f"[{query}] query does not support {sorted(unknown) or 'a boost'}")
    return body


def _named(query: str, body: object) -> tuple[str, object]:
    if not isinstance(body, dict):
        raise unparsed(f"[{query}] query malformed, no start_object after query name")
    fields = [name for name in body if name not in ("boost", "_name")]
    if len(fields) != 1 or body.get("boost", 1) != 1:
        raise unparsed(f"[{query}] query wants one field, and the stand-in knows no boost")
    return fields[0], body[fields[0]]


def _text(query: str, value: object) -> str:
    if not isinstance(value, str):
        raise unparsed(f"[{query}] wants a text to look for")
    return value


def _listed(clauses: object) -> list[object]:
    if clauses is None:
        return []
    return clauses if isinstance(clauses, list) else [clauses]


def fitting(field: Field, value: object) -> Value:
    """A value of a request as its field keeps it.

    Raises:
        Refusal: 400, it does not fit.
    """
    try:
        return value_of(field, value)
    except (TypeError, ValueError, OverflowError) as error:
        raise impossible(f"failed to create query: {error}") from None
