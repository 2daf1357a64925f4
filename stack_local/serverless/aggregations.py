"""The aggregations that the stand-in's own engine knows: pages of buckets, and counts of values.

https://docs.opensearch.org/latest/aggregations/
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from stack_local.serverless.exchange import Json, object_at
from stack_local.serverless.field_types import Value
from stack_local.serverless.queries import fitting, impossible, unparsed
from stack_local.serverless.stored_index import StoredIndex

_MOST_BUCKETS = 65_535


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
        nested = object_at(body, "aggs")
        kinds = [kind for kind in body if kind != "aggs"]
        if len(kinds) != 1 or not isinstance(body[kinds[0]], dict):
            raise unparsed(f"aggregation [{name}] wants one type")
        kind, options = kinds[0], body[kinds[0]]
        if kind == "composite":
            return self._composite(options, nested, rows)
        if kind != "value_count" or nested or set(options) != {"field"}:
            raise unparsed(f"Unknown aggregation type or options [{kind}] in [{name}]")
        return {"value": sum(len(self._values(str(options["field"]), row)) for row in rows)}

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
