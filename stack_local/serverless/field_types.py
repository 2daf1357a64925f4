"""An index's mapping: which fields there are, and what a document's values become in them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from stack_local.serverless.exchange import Json, Refusal, object_at

Value = str | int | bool

_INTEGERS = {"integer": 31, "long": 63}
_ATTRIBUTES = {
    "keyword": {"index", "doc_values"},
    "text": {"index", "analyzer", "index_options"},
    "knn_vector": {"dimension", "method"},
    "boolean": {"index", "doc_values"},
    **{kind: {"index", "doc_values"} for kind in _INTEGERS},
}
_LONGEST_TERM = 32_766
_MOST_DIMENSIONS = 16_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        indexed: Whether a query may ask for it.
        doc_values: Whether it can be sorted and aggregated.
        stems: Of a text: whether its analyzer makes stems.
        places: Of a text: whether the places of its words are kept.
        dimension: Of a vector; 0 for others.
    """

    name: str
    kind: str
    indexed: bool = True
    doc_values: bool = True
    stems: bool = False
    places: bool = True
    dimension: int = 0


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
    properties = object_at(mappings, "properties")
    return {name: _field(name, object_at(properties, name), stemming) for name in properties}


def _field(name: str, body: Json, stemming: set[str]) -> Field:
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _ATTRIBUTES:
        raise _mapper(f"No handler for type [{kind}] declared on field [{name}]")
    unknown = set(body) - {"type"} - _ATTRIBUTES[kind]
    if unknown:
        raise _mapper(f"unknown parameter {sorted(unknown)} on mapper [{name}] of type [{kind}]")
    return Field(
        name,
        kind,
        indexed=body.get("index", True),
        doc_values=body.get("doc_values", True) and kind not in ("text", "knn_vector"),
        stems=body.get("analyzer") in stemming,
        places=body.get("index_options", "positions") == "positions",
        dimension=_dimension(name, body) if kind == "knn_vector" else 0,
    )


def _dimension(name: str, body: Json) -> int:
    dimension, method = body.get("dimension"), object_at(body, "method")
    if not isinstance(dimension, int) or not 0 < dimension <= _MOST_DIMENSIONS:
        raise _mapper(f"Dimension value must be between 1 and {_MOST_DIMENSIONS}: {name}")
    if method != {"name": "hnsw", "engine": "faiss", "space_type": "innerproduct"}:
        raise _mapper(f"the stand-in knows hnsw of faiss and inner products only: {name}")
    return dimension


def parse_document(fields: dict[str, Field], dynamic: str, source: Json) -> ParsedDocument:
    """A document's values by the fields that the mapping has; others are not searched.

    Raises:
        Refusal: 400, a value does not fit its field, or a mapping that is not closed has no such
            field: the stand-in guesses none.
    """
    found = ParsedDocument()
    for name, value in source.items():
        values = [
            each for each in (value if isinstance(value, list) else [value]) if each is not None
        ]
        known = fields.get(name)
        if known is None:
            if dynamic.lower() != "false":
                raise Refusal.because(
                    400,
                    "strict_dynamic_mapping_exception",
                    f"mapping set to strict, dynamic introduction of [{name}] within [_doc]"
                    " is not allowed",
                )
        elif values:
            _put(found, known, values)
    return found


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
            found.terms[field.name] = tuple(value_of(field, value) for value in values)
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
        if len(text.encode()) > _LONGEST_TERM:
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
    return vector


def _mapper(reason: str) -> Refusal:
    return Refusal.because(400, "mapper_parsing_exception", reason)
