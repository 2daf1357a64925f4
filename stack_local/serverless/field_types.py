"""An index's mapping: which fields there are, and what a document's values become in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from stack_local.serverless.exchange import Json, Refusal, object_at

Value = str | int | float | bool

_INTEGERS = {"byte": 7, "short": 15, "integer": 31, "long": 63}
_REALS = frozenset({"double", "float", "half_float"})
_ATTRIBUTES = {
    "keyword": {"index", "doc_values", "ignore_above", "fields", "norms", "store"},
    "text": {"index", "analyzer", "search_analyzer", "fields", "norms", "index_options", "store"},
    "knn_vector": {"dimension", "method", "data_type"},
    "boolean": {"index", "doc_values", "store"},
}
_NUMBER_ATTRIBUTES = {"index", "doc_values", "coerce", "store"}
_SPACES = frozenset({"cosinesimil", "innerproduct", "l2"})
_LONGEST_TERM = 32_766
_MOST_DIMENSIONS = 16_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: With its path: `a.b`.
        indexed: Whether a query may ask for it.
        doc_values: Whether it can be sorted and aggregated.
        stems: Of a text: whether its analyzer makes stems.
        places: Of a text: whether the places of its words are kept.
        dimension: Of a vector; 0 for others.
        space: Of a vector: cosinesimil, innerproduct or l2.
        ignore_above: Longer keywords are kept but not searchable.
        copies: More fields made of the same value (`fields` in a mapping).
    """

    name: str
    kind: str
    indexed: bool = True
    doc_values: bool = True
    stems: bool = False
    places: bool = True
    dimension: int = 0
    space: str = ""
    ignore_above: int = 2**31 - 1
    copies: tuple[Field, ...] = ()


@dataclass(slots=True)
class ParsedDocument:
    """A document's values by field."""

    terms: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, tuple[float, ...]] = field(default_factory=dict)


def read_fields(mappings: Json, settings: Json) -> dict[str, Field]:
    """The fields of a mapping by name.

    Raises:
        Refusal: 400, something in it is wrong, or is not what the service takes.
    """
    analysis = object_at(settings, "analysis") or object_at(
        object_at(settings, "index"), "analysis"
    )
    analyzers = object_at(analysis, "analyzer")
    stemming = {
        name for name in analyzers if "stem" in str(object_at(analyzers, name).get("filter"))
    }
    found = {each.name: each for each in _walk(object_at(mappings, "properties"), "", stemming)}
    for each in list(found.values()):
        found.update((copy.name, copy) for copy in each.copies)
    return found


def _walk(properties: Json, path: str, stemming: set[str]) -> Iterator[Field]:
    for name, body in properties.items():
        if not isinstance(body, dict):
            raise _mapper(f"Expected map for property [{name}] but got {type(body).__name__}")
        if "properties" in body or body.get("type") == "object":
            yield from _walk(object_at(body, "properties"), f"{path}{name}.", stemming)
        else:
            yield _field(path + name, body, stemming)


def _field(name: str, body: Json, stemming: set[str]) -> Field:
    kind = body.get("type")
    if not isinstance(kind, str) or not (
        kind in _ATTRIBUTES or kind in _INTEGERS or kind in _REALS
    ):
        raise _mapper(f"No handler for type [{kind}] declared on field [{name}]")
    unknown = set(body) - {"type"} - _ATTRIBUTES.get(kind, _NUMBER_ATTRIBUTES)
    if unknown:
        raise _mapper(f"unknown parameter {sorted(unknown)} on mapper [{name}] of type [{kind}]")
    found = Field(
        name,
        kind,
        indexed=body.get("index", True),
        doc_values=body.get("doc_values", True) and kind not in ("text", "knn_vector"),
        stems=body.get("analyzer") in {*stemming, "english"},
        places=body.get("index_options", "positions") in ("positions", "offsets"),
        ignore_above=body.get("ignore_above", 2**31 - 1),
        copies=tuple(_walk(object_at(body, "fields"), f"{name}.", stemming)),
    )
    return _vector_field(found, body) if kind == "knn_vector" else found


def _vector_field(found: Field, body: Json) -> Field:
    dimension, method = body.get("dimension"), body.get("method")
    if not isinstance(dimension, int) or not 0 < dimension <= _MOST_DIMENSIONS:
        raise _mapper(f"Dimension value must be between 1 and {_MOST_DIMENSIONS}: {found.name}")
    if not isinstance(method, dict) or method.get("engine") != "faiss":
        # The service's default engine cannot filter, and Lucene's is unproven there.
        raise _mapper(f"knn_vector [{found.name}] must name the engine faiss")
    space = method.get("space_type", "l2")
    if method.get("name") != "hnsw" or space not in _SPACES:
        raise _mapper(f"unknown method or space type on [{found.name}]")
    return replace(found, dimension=dimension, space=space)


def parse_document(fields: dict[str, Field], dynamic: str, source: Json) -> ParsedDocument:
    """A document's values. Fields that dynamic mapping finds are added to `fields`.

    Raises:
        Refusal: 400, a value does not fit its field, or strict mapping has no such field.
    """
    found = ParsedDocument()
    for name, values in _leaves(source, ""):
        known = fields.get(name)
        if known is None:
            if dynamic == "strict":
                raise Refusal.because(
                    400,
                    "strict_dynamic_mapping_exception",
                    f"mapping set to strict, dynamic introduction of [{name}] within [_doc]"
                    " is not allowed",
                )
            if dynamic == "false":
                continue
            known = _guessed(name, values)
            fields.update({each.name: each for each in (known, *known.copies)})
        for each in (known, *known.copies):
            _put(found, each, values)
    return found


def _leaves(source: Json, path: str) -> Iterator[tuple[str, list[Any]]]:
    for name, value in source.items():
        values = value if isinstance(value, list) else [value]
        present = [each for each in values if each is not None]
        if len(present) == 1 and isinstance(present[0], dict):
            yield from _leaves(present[0], f"{path}{name}.")
        elif present:
            yield path + name, present


def _guessed(name: str, values: list[Any]) -> Field:
    first = values[0]
    if isinstance(first, bool):
        return Field(name, "boolean")
    if isinstance(first, int | float):
        return Field(name, "long" if isinstance(first, int) else "float")
    if isinstance(first, str):
        keyword = Field(f"{name}.keyword", "keyword", ignore_above=256)
        return Field(name, "text", doc_values=False, copies=(keyword,))
    raise _mapper(f"the stand-in maps no field [{name}] of such values by itself")


def _put(found: ParsedDocument, field: Field, values: list[Any]) -> None:
    try:
        if not field.indexed and not field.doc_values:
            for value in values:  # kept, not searched; and yet it must fit
                _string(value) if field.kind == "text" else value_of(field, value)
        elif field.kind == "knn_vector":
            found.vectors[field.name] = _vector(field, values)
        elif field.kind == "text":
            # A gap between the values, so that no phrase spans two of them.
            found.texts[field.name] = "\n".join(_string(value) for value in values)
        else:
            kept = [value_of(field, value) for value in values]
            found.terms[field.name] = tuple(
                value
                for value in kept
                if not isinstance(value, str) or len(value) <= field.ignore_above
            )
    except (TypeError, ValueError, OverflowError) as error:
        raise _mapper(
            f"failed to parse field [{field.name}] of type [{field.kind}]: {error}"
        ) from None


def value_of(field: Field, value: object) -> Value:
    """A value as its field keeps it, of a document or of a query.

    Raises:
        TypeError, ValueError, OverflowError: It does not fit.
    """
    if field.kind == "keyword":
        text = _string(value)
        if len(text) <= field.ignore_above and len(text.encode()) > _LONGEST_TERM:
            raise ValueError(f"immense term: more than {_LONGEST_TERM} bytes")
        return text
    if field.kind == "boolean":
        if value in (True, "true"):
            return True
        if value in (False, "false", ""):
            return False
        raise ValueError("only [true] or [false] are allowed")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"not a number: {type(value).__name__}")
    if field.kind in _REALS:
        return float(value)
    number = math.trunc(float(value)) if not isinstance(value, int) else value
    if abs(number + 0.5) > 2 ** _INTEGERS[field.kind]:
        raise OverflowError("out of range")
    return number


def _string(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError(f"not a string but {type(value).__name__}")
    text = str(value)
    text.encode()  # a lone surrogate is no text
    return text


def _vector(field: Field, values: list[Any]) -> tuple[float, ...]:
    vector = tuple(float(value) for value in values)
    if len(vector) != field.dimension:
        raise ValueError(
            f"Vector dimension mismatch. Expected: {field.dimension}, Given: {len(vector)}"
        )
    if not all(map(math.isfinite, vector)):
        raise ValueError("KNN vector values cannot be NaN or infinity")
    if field.space == "cosinesimil" and not any(vector):
        raise ValueError("zero vector is not supported when space type is [cosinesimil]")
    return vector


def _mapper(reason: str) -> Refusal:
    return Refusal.because(400, "mapper_parsing_exception", reason)
