"""A search request: what matches, in order, a page of it, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from stack_local.serverless.aggregations import Aggregator
from stack_local.serverless.exchange import Json
from stack_local.serverless.queries import Matcher, Scores, impossible, unparsed
from stack_local.serverless.stored_index import StoredIndex

_KEYS = frozenset(
    {
        "query", "size", "from", "sort", "search_after", "_source", "track_total_hits",
        "aggs", "aggregations", "pit", "timeout", "track_scores",
    }
)  # fmt: skip
_WINDOW = 10_000
_COUNTED = 10_000


def search(index: StoredIndex, rows: Set[int], request: Json) -> Json:
    """Answer a search over some rows.

    Raises:
        Refusal: 400, something in it is not known.
    """
    unknown = set(request) - _KEYS
    if unknown:
        raise unparsed(f"Unknown key in {sorted(unknown)}.")
    scores = Matcher(index, rows).match(request.get("query", {"match_all": {}}))
    size, start = request.get("size", 10), request.get("from", 0)
    if not isinstance(size, int) or not isinstance(start, int) or min(size, start) < 0:
        raise unparsed("[size] and [from] are numbers of at least 0")
    if size + start > _WINDOW:
        raise impossible(
            "Result window is too large, from + size must be less than or equal to:"
            f" [{_WINDOW}] but was [{size + start}]."
        )
    order = _Order.of(index, request.get("sort"))
    hits = order.sorted(scores)
    after = request.get("search_after")
    if after is not None:
        hits = order.after(hits, after, start)
    chosen = hits[start : start + size]
    found: Json = {**_total(request.get("track_total_hits", _COUNTED), len(scores))}
    ranked = order.by_score and scores and size > 0
    found["max_score"] = max(scores.values()) if ranked else None
    show = _shown_source(request.get("_source", True))
    found["hits"] = [_hit(index, hit, order, show) for hit in chosen]
    response: Json = {**answered(), "hits": found}
    aggregations = request.get("aggs", request.get("aggregations"))
    if aggregations is not None:
        response["aggregations"] = Aggregator(index).run(aggregations, scores)
    return response


def answered() -> Json:
    """How every search's answer begins."""
    return {
        "took": 1,
        "timed_out": False,
        "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
    }


def _total(tracked: object, matches: int) -> Json:
    if tracked is False:
        return {}
    limit = matches if tracked is True else tracked
    if not isinstance(limit, int):
        raise unparsed("[track_total_hits] wants true, false or a number")
    if matches > limit:
        return {"total": {"value": limit, "relation": "gte"}}
    return {"total": {"value": matches, "relation": "eq"}}


@dataclass(frozen=True, slots=True)
class _Hit:
    row: int
    score: float
    keys: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Order:
    """How hits are ordered: by these fields, then by the rows' age."""

    index: StoredIndex
    fields: tuple[tuple[str, bool], ...]
    by_score: bool

    @classmethod
    def of(cls, index: StoredIndex, sort: object) -> _Order:
        if sort is None:
            return cls(index, (("_score", True),), by_score=True)
        fields = [_sort_field(each) for each in (sort if isinstance(sort, list) else [sort])]
        for name, _ in fields:
            known = index.fields.get(name)
            if name in ("_score", "_doc", "_id"):
                continue
            if known is None:
                raise impossible(f"No mapping found for [{name}] in order to sort on")
            if not known.doc_values:
                raise impossible(f"Can't sort on [{name}]: no doc_values, or a text")
        return cls(index, tuple(fields), by_score=fields == [("_score", True)])

    def sorted(self, scores: Scores) -> list[_Hit]:
        hits = [_Hit(row, score, self._keys(row, score)) for row, score in sorted(scores.items())]
        # The last field first: Python's sort keeps the order of equals. What lacks a value is last.
        for place in reversed(range(len(self.fields))):
            descending = self.fields[place][1]
            hits.sort(key=partial(_sort_key, place=place, present=descending), reverse=descending)
        return hits

    def after(self, hits: list[_Hit], after: object, start: int) -> list[_Hit]:
        if not isinstance(after, list) or len(after) != len(self.fields) or start:
            raise impossible("search_after wants one value for each sort field, and no from")
        for (name, _), value in zip(self.fields, after, strict=True):
            field = self.index.fields.get(name)
            texts = name == "_id" or (field is not None and field.kind == "keyword")
            if value is not None and not isinstance(value, str if texts else int | float):
                raise impossible(f"Failed to parse search_after value for field [{name}]")
        return [hit for hit in hits if self._compare(hit.keys, tuple(after)) > 0]

    def _keys(self, row: int, score: float) -> tuple[Any, ...]:
        return tuple(self._key(name, descending, row, score) for name, descending in self.fields)

    def _key(self, name: str, descending: bool, row: int, score: float) -> Any:
        if name == "_score":
            return score
        if name == "_doc":
            return row
        if name == "_id":
            return self.index.rows[row].id
        values = self.index.rows[row].values.terms.get(name, ())
        if not values:
            return None
        value = max(values) if descending else min(values)
        return int(value) if isinstance(value, bool) else value

    def _compare(self, one: tuple[Any, ...], other: tuple[Any, ...]) -> int:
        for (_, descending), mine, theirs in zip(self.fields, one, other, strict=True):
            if mine == theirs:
                continue
            if mine is None or theirs is None:  # what is missing comes last, either way
                return 1 if mine is None else -1
            less = -1 if mine < theirs else 1
            return -less if descending else less
        return 0


def _sort_key(hit: _Hit, *, place: int, present: bool) -> tuple[bool, Any]:
    value = hit.keys[place]
    return (value is not None) is present, 0 if value is None else value


def _sort_field(each: object) -> tuple[str, bool]:
    if isinstance(each, str):
        return each, each == "_score"
    if not isinstance(each, dict) or len(each) != 1:
        raise unparsed("malformed sort format")
    ((name, how),) = each.items()
    if isinstance(how, dict):
        if set(how) - {"order", "unmapped_type", "missing"} or how.get("missing", "_last") != (
            "_last"
        ):
            raise unparsed(f"[field_sort] does not support {sorted(how)}")
        how = how.get("order", "desc" if name == "_score" else "asc")
    if how not in ("asc", "desc"):
        raise unparsed(f"Unknown SortOrder [{how}]")
    return str(name), how == "desc"


def _hit(index: StoredIndex, hit: _Hit, order: _Order, show: Callable[[Json], Json] | None) -> Json:
    row = index.rows[hit.row]
    found: Json = {"_index": index.name, "_id": row.id}
    scored = any(name == "_score" for name, _ in order.fields)
    found["_score"] = hit.score if scored else None
    if show is not None:
        found["_source"] = show(row.source)
    if not order.by_score:
        found["sort"] = list(hit.keys)
    return found


def _shown_source(wanted: object) -> Callable[[Json], Json] | None:
    if wanted is False:
        return None
    if wanted is True:
        return dict
    if isinstance(wanted, dict):
        if set(wanted) - {"includes", "excludes"}:
            raise unparsed(f"Unknown key in [_source] {sorted(wanted)}")
        includes, excludes = _names(wanted.get("includes", ["*"])), _names(wanted.get("excludes"))
    else:
        includes, excludes = _names(wanted), []
    return lambda source: {
        name: value
        for name, value in source.items()
        if _among(name, includes) and not _among(name, excludes)
    }


def source_shown(source: Json, wanted: object) -> Json | None:
    """A document as `_source` wants it; None where it wants none."""
    show = _shown_source(wanted)
    return None if show is None else show(source)


def _names(wanted: object) -> list[str]:
    if wanted is None:
        return []
    if isinstance(wanted, str):
        return [wanted]
    if isinstance(wanted, list) and all(isinstance(each, str) for each in wanted):
        return wanted
    raise unparsed("[_source] wants names of fields")


def _among(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
