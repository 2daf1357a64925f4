"""Whatever is asked, the stand-in answers: a refusal at worst, never a failure of its own."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serverless.test_queries import CLAUSES, corpus

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 20_000),
    st.floats(),
    st.sampled_from(["hr", "document", "words", "vec", "acl", "ordinal", "kept", "asc", "", "*"]),
)
KEYS = st.sampled_from(
    [
        "query", "size", "sort", "search_after", "_source", "track_total_hits", "aggs",
        "bool", "must", "filter", "should", "must_not",
        "minimum_should_match", "term", "terms", "prefix", "range", "exists", "field", "match",
        "operator", "ids", "values", "knn", "vector", "k", "gte", "lt", "value", "document",
        "words", "vec", "acl", "ordinal", "composite", "sources", "after", "value_count",
        "index", "_id", "_meta", "properties", "type", "mappings",
        "settings", "analysis", "analyzer", "dimension", "method",
    ]
)  # fmt: skip
BODIES = st.recursive(
    st.one_of(LEAVES, st.sampled_from(CLAUSES)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
PATHS = [
    ("POST", "/{index}/_search"),
    ("POST", "/{index}/_msearch"),
    ("PUT", "/{index}/_mapping"),
    ("PUT", "/another"),
]


@pytest.fixture
def filled(start):
    collection = start(lag_seconds=math.inf)
    collection.create()
    collection.add(*corpus(12))
    collection.standin.settle()
    return collection


def status(collection, method, path, body):
    connection = collection.client.transport.get_connection()
    try:
        found, *_ = connection.perform_request(
            method, path.format(index=collection.index), body=body, ignore=range(400, 500)
        )
    finally:
        connection.perform_request("DELETE", "/another", ignore=(404,))
    return found


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(PATHS), body=BODIES)
def test_an_odd_body_is_refused_at_worst(filled, where, body):
    assert status(filled, *where, json.dumps(body).encode()) < 500


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(["query", "sort", "aggs", "_source", "search_after"]), body=BODIES)
def test_an_odd_part_of_a_search_is_refused_at_worst(filled, key, body):
    asked = json.dumps({key: body}).encode()
    assert status(filled, "POST", "/{index}/_search", asked) < 500


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/{index}/_bulk", "/{index}/_msearch"]),
    lines=st.lists(BODIES, max_size=4),
)
def test_odd_lines_are_refused_at_worst(filled, path, lines):
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    assert status(filled, "POST", path, body) < 500
