"""A search request: what matches, in order, a page of it, and how it is shown."""

from __future__ import annotations

from typing import Any

from stack_local.serverless.aggregations import Aggregator
from stack_local.serverless.exchange import Json
from stack_local.serverless.queries import Matcher, Scores, fitting, impossible, unparsed
from stack_local.serverless.stored_index import StoredIndex

_KEYS = frozenset({"query", "size", "sort", "search_after", "_source", "track_total_hits", "aggs"})
_WINDOW = 10_000
_COUNTED = 10_000

_Keys = tuple[tuple[bool, Any], ...]
"""What a hit is sorted by; of each field first whether it is missing, which comes last."""


def search(index: StoredIndex, request: Json) -> Json:
    """Answer a search over what an index shows now.

    Raises:
        Refusal: 400, something in it is not known.
    """
    unknown = set(request) - _KEYS
    if unknown:
        raise unparsed(f"Unknown key in {sorted(unknown)}.")
    scores = Matcher(index, index.shown).match(request.get("query", {"match_all": {}}))
    size = request.get("size", 10)
    if not isinstance(size, int) or size < 0:
        raise unparsed("[size] is a number of at least 0")
    if size > _WINDOW:
        raise impossible(f"Result window is too large, at most [{_WINDOW}] but was [{size}].")
    found: Json = {"total": _total(request.get("track_total_hits", _COUNTED), len(scores))}
    found["hits"] = [
        _hit(index, row, hit, request.get("_source", True))
        for row, hit in _ordered(index, scores, request)[:size]
    ]
    response: Json = {**answered(), "hits": found}
    if "aggs" in request:
        response["aggregations"] = Aggregator(index).run(request["aggs"], scores)
    return response


def answered() -> Json:
    """How every search's answer begins."""
    return {
        "took": 1,
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
    }


def _total(tracked: object, matches: int) -> Json:
    limit = matches if tracked is True else tracked
    if not isinstance(limit, int):
        raise unparsed("[track_total_hits] wants true or a number")
    if matches > limit:
        return {"value": limit, "relation": "gte"}
    return {"value": matches, "relation": "eq"}


def _ordered(index: StoredIndex, scores: Scores, request: Json) -> list[tuple[int, Json]]:
    """The rows that match, in order, each with its score, or with what it was sorted by."""
    fields = _sort_fields(index, request.get("sort"))
    if not fields:
        best = sorted(scores, key=lambda row: (-scores[row], row))
        return [(row, {"_score": scores[row]}) for row in best]
    keyed = sorted((_keys(index, fields, row), row) for row in scores)
    if "search_after" in request:
        after = _after(index, fields, request["search_after"])
        keyed = [each for each in keyed if each[0] > after]
    return [
        (row, {"_score": None, "sort": [None if missing else value for missing, value in keys]})
        for keys, row in keyed
    ]


def _sort_fields(index: StoredIndex, sort: object) -> list[str]:
    names = []
    for each in sort if isinstance(sort, list) else () if sort is None else [sort]:
        if not isinstance(each, dict) or len(each) != 1 or list(each.values()) != ["asc"]:
            raise unparsed("the stand-in sorts by fields, ascending")
        (name,) = each
        known = index.fields.get(name)
        if known is None or not known.doc_values:
            raise impossible(f"Can't sort on [{name}]: no such field, no doc_values, or a text")
        names.append(name)
    return names


def _keys(index: StoredIndex, fields: list[str], row: int) -> _Keys:
    values = [index.rows[row].values.terms.get(name, ()) for name in fields]
    return tuple((False, min(each)) if each else (True, 0) for each in values)


def _after(index: StoredIndex, fields: list[str], after: object) -> _Keys:
    if not isinstance(after, list) or len(after) != len(fields):
        raise impossible("search_after wants one value for each sort field")
    return tuple(
        (True, 0) if value is None else (False, fitting(index.fields[name], value))
        for name, value in zip(fields, after, strict=True)
    )


def _hit(index: StoredIndex, number: int, hit: Json, shown: object) -> Json:
    row = index.rows[number]
    found = {"_index": index.name, "_id": row.id, **hit}
    if shown is True:
        return {**found, "_source": row.source}
    if shown is False:
        return found
    if not isinstance(shown, list) or not all(isinstance(name, str) for name in shown):
        raise unparsed("[_source] wants true, false or names of fields")
    return {**found, "_source": {name: row.source[name] for name in shown if name in row.source}}
