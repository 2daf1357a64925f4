"""The aggregations that the stand-in's own engine knows: buckets of terms, and single values.

https://docs.opensearch.org/latest/aggregations/
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from stack_local.serverless.exchange import Json, object_at
from stack_local.serverless.field_types import Value
from stack_local.serverless.queries import fitting, impossible, unparsed
from stack_local.serverless.stored_index import StoredIndex

_MOST_BUCKETS = 65_535
_SINGLE: dict[str, Callable[[list[Any]], Any]] = {
    "value_count": len,
    "cardinality": lambda values: len(set(values)),
    "max": lambda values: float(max(values)) if values else None,
    "min": lambda values: float(min(values)) if values else None,
    "sum": lambda values: float(sum(values)),
}


@dataclass(frozen=True, slots=True)
class Aggregator:
    """Aggregations over rows of an index."""

    index: StoredIndex

    def run(self, aggregations: object, rows: Collection[int]) -> Json:
        """The results by name.

        Raises:
            Refusal: 400, an aggregation is not known or cannot be done.
        """
        if not isinstance(aggregations, dict):
            raise unparsed("[aggs] must be an object")
        return {name: self._one(name, body, rows) for name, body in aggregations.items()}

    def _one(self, name: str, body: object, rows: Collection[int]) -> Json:
        if not isinstance(body, dict):
            raise unparsed(f"aggregation [{name}] must be an object")
        nested: Json = body.get("aggs") or body.get("aggregations") or {}
        kinds = [kind for kind in body if kind not in ("aggs", "aggregations", "meta")]
        if len(kinds) != 1 or not isinstance(body[kinds[0]], dict):
            raise unparsed(f"aggregation [{name}] wants one type")
        kind, options = kinds[0], body[kinds[0]]
        if kind == "terms":
            return self._terms(options, nested, rows)
        if kind == "composite":
            return self._composite(options, nested, rows)
        if kind not in _SINGLE or nested or set(options) != {"field"}:
            raise unparsed(f"Unknown aggregation type or options [{kind}] in [{name}]")
        values = [value for row in rows for value in self._values(str(options["field"]), row)]
        return {"value": _SINGLE[kind](values)}

    def _terms(self, options: Json, nested: Json, rows: Collection[int]) -> Json:
        unknown = set(options) - {"field", "size", "order"}
        order = options.get("order", {"_count": "desc"})
        if unknown or order not in ({"_count": "desc"}, {"_key": "asc"}):
            raise unparsed(f"[terms] aggregation: {sorted(unknown)} or order {order} not known")
        size = options.get("size", 10)
        if not isinstance(size, int) or not 0 < size <= _MOST_BUCKETS:
            raise impossible(f"[size] must be between 1 and {_MOST_BUCKETS}")
        buckets = self._buckets([str(options.get("field"))], rows)
        by_key = sorted(buckets.items())
        if order == {"_count": "desc"}:
            by_key.sort(key=lambda bucket: -len(bucket[1]))
        return {
            "doc_count_error_upper_bound": 0,
            "sum_other_doc_count": sum(len(rest) for _, rest in by_key[size:]),
            "buckets": [
                {**_key_of(key), "doc_count": len(found), **self.run(nested, found)}
                for (key,), found in by_key[:size]
            ],
        }

    def _composite(self, options: Json, nested: Json, rows: Collection[int]) -> Json:
        unknown = set(options) - {"sources", "size", "after"}
        size = options.get("size", 10)
        if unknown or not isinstance(size, int) or not 0 < size <= _MOST_BUCKETS:
            raise unparsed(f"[composite] aggregation: {sorted(unknown)} not known, or the size")
        fields = _sources(options.get("sources"))
        buckets = sorted(self._buckets(list(fields.values()), rows).items())
        after = object_at(options, "after")
        if after:
            if set(after) != set(fields):
                raise impossible(f"[after] has {len(after)} value(s) but [sources] {len(fields)}")
            start = tuple(self._fitting(fields[name], after[name]) for name in fields)
            buckets = [bucket for bucket in buckets if bucket[0] > start]
        chosen = [
            {
                "key": dict(zip(fields, key, strict=True)),
                "doc_count": len(found),
                **self.run(nested, found),
            }
            for key, found in buckets[:size]
        ]
        return {**({"after_key": chosen[-1]["key"]} if chosen else {}), "buckets": chosen}

    def _buckets(
        self, fields: list[str], rows: Iterable[int]
    ) -> dict[tuple[Value, ...], list[int]]:
        found: dict[tuple[Value, ...], list[int]] = defaultdict(list)
        for row in rows:
            values = [sorted(set(self._values(field, row))) for field in fields]
            for key in itertools.product(*values):
                found[key].append(row)
        return found

    def _fitting(self, name: str, value: object) -> Value:
        field = self.index.fields.get(name)
        return "" if field is None else fitting(field, value)

    def _values(self, field: str, row: int) -> tuple[Value, ...]:
        known = self.index.fields.get(field)
        if known is not None and not known.doc_values:
            raise impossible(f"Can't load fielddata on [{field}]: no doc_values, or a text")
        return self.index.rows[row].values.terms.get(field, ())


def _sources(sources: object) -> dict[str, str]:
    """The fields of a composite aggregation by the names of their sources."""
    found = {}
    for source in sources if isinstance(sources, list) else ():
        if not isinstance(source, dict) or len(source) != 1:
            raise unparsed("[sources] wants objects of one name")
        ((name, body),) = source.items()
        if not isinstance(body, dict) or set(body) != {"terms"}:
            raise unparsed("the stand-in knows composite sources of plain terms only")
        if set(object_at(body, "terms")) != {"field"}:
            raise unparsed("the stand-in knows composite sources of plain terms only")
        found[str(name)] = str(body["terms"]["field"])
    if not found:
        raise unparsed("Required [sources]")
    return found


def _key_of(key: Value) -> Json:
    if isinstance(key, bool):
        return {"key": int(key), "key_as_string": "true" if key else "false"}
    return {"key": key}
