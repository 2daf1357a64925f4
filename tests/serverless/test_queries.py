"""Queries: the own engine gives the documents that a real server gives, and knows its limits."""

from __future__ import annotations

import random
from contextlib import ExitStack, closing

import pytest
from opensearchpy import OpenSearchException, RequestError

from stack_local.serverless import ServerlessStandIn, StandInOptions
from tests.serverless.collection import KEYS, Collection, client_of

WORDS = "running runs dogs dog cat birds café cafe naïve invoice invoices payment the of 30".split()


def corpus(count=60):
    chance = random.Random(5)
    documents = []
    for number in range(count):
        document = {
            "document": f"{chance.choice(['hr', 'hr/pay', 'ops', 'Öl'])}/{number % 17}.md",
            "acl": chance.sample(["everyone", "hr", "finance", "guests"], chance.randint(0, 3)),
            "by_rule": chance.random() < 0.5,
            "ordinal": number,
            "added_at": 1_700_000_000_000 + chance.randint(0, 9),
            "words": " ".join(chance.choices(WORDS, k=chance.randint(1, 9))),
        }
        if chance.random() < 0.8:
            document["vec"] = [chance.uniform(-1, 1), chance.uniform(-1, 1)]
        if chance.random() < 0.2:
            del document["words"]
        documents.append(document)
    return documents


CLAUSES = [
    {"match_all": {}},
    {"term": {"acl": "hr"}},
    {"term": {"acl": "finance"}},
    {"term": {"by_rule": True}},
    {"term": {"by_rule": "false"}},
    {"term": {"ordinal": 7}},
    {"term": {"nowhere": "x"}},
    {"terms": {"acl": ["hr", "guests"]}},
    {"terms": {"acl": []}},
    {"prefix": {"document": {"value": "hr/"}}},
    {"prefix": {"document": {"value": "Öl/1"}}},
    {"range": {"ordinal": {"gte": 10, "lt": 25}}},
    {"range": {"added_at": {"lte": 1_700_000_000_004}}},
    {"range": {"document": {"gt": "hr/pay/3.md"}}},
    {"exists": {"field": "acl"}},
    {"exists": {"field": "nowhere"}},
    {"match": {"words": {"query": "run"}}},
    {"match": {"words": {"query": "Dogs invoice", "operator": "or"}}},
    {"match": {"words": {"query": "CAFE naive"}}},
    {"match": {"words": {"query": "nothing like it"}}},
    {"match": {"nowhere": {"query": "x"}}},
    {"match_phrase": {"words": "dog run"}},
    {"match_phrase": {"words": "30 invoices"}},
    {"match_phrase": {"words": "cafe"}},
    {"match_phrase": {"nowhere": "x y"}},
    {"prefix": {"words": {"value": "invo"}}},
    {"knn": {"vec": {"vector": [1, 0.1], "k": 7}}},
    {"knn": {"vec": {"vector": [-1, 0.3], "k": 5, "filter": {"term": {"acl": "hr"}}}}},
    {"knn": {"vec": {"vector": [0, 1], "k": 100, "filter": {"terms": {"acl": ["guests"]}}}}},
]  # fmt: skip


def queries(count=150):
    chance = random.Random(11)

    def some(deep):
        if not deep or chance.random() < 0.4:
            return chance.choice(CLAUSES)
        body = {}
        for name in chance.sample(["must", "filter", "should", "must_not"], chance.randint(1, 3)):
            body[name] = [some(deep - 1) for _ in range(chance.randint(1, 3))]
        if "should" in body and chance.random() < 0.5:
            body["minimum_should_match"] = 1
        return {"bool": body}

    return [*CLAUSES, *(some(2) for _ in range(count))]


@pytest.fixture(scope="module")
def filled(real_opensearch):
    """The same documents in the own engine, and in a real server behind the front."""
    with ExitStack() as stack:
        found = []
        for forward in (None, real_opensearch()):
            options = StandInOptions(key_pairs=(KEYS,), lag_seconds=0.0, forward=forward)
            standin = stack.enter_context(ServerlessStandIn(options))
            client = stack.enter_context(closing(client_of(standin.url)))
            each = Collection(standin, client)
            each.create()
            stack.callback(client.indices.delete, index=each.index)
            each.add(*corpus())
            found.append(each)
        yield found


@pytest.mark.shared
def test_the_same_queries_find_the_same_documents_as_on_a_real_server(filled):
    alone, real = filled
    for query in queries():
        mine = {hit["_source"]["ordinal"] for hit in alone.search(query)["hits"]["hits"]}
        theirs = {hit["_source"]["ordinal"] for hit in real.search(query)["hits"]["hits"]}
        assert mine == theirs, query


@pytest.mark.shared
@pytest.mark.parametrize(
    "query",
    [{"knn": {"vec": {"vector": [1, 0.1], "k": 20}}}, {"match": {"words": {"query": "cafe dog"}}}],
)
def test_the_best_documents_are_in_the_order_of_a_real_server(filled, query):
    hits = [each.search(query, size=12)["hits"]["hits"] for each in filled]
    mine, theirs = ([hit["_source"]["ordinal"] for hit in found] for found in hits)
    assert mine == theirs


@pytest.mark.shared
def test_the_scores_of_vectors_are_those_of_a_real_server(filled):
    query = {"knn": {"vec": {"vector": [1, 0.1], "k": 60}}}
    mine, theirs = (
        {hit["_source"]["ordinal"]: hit["_score"] for hit in each.search(query)["hits"]["hits"]}
        for each in filled
    )
    assert mine == pytest.approx(theirs, abs=1e-5)


@pytest.mark.shared
@pytest.mark.parametrize("sort", [
    [{"document": "asc"}, {"ordinal": "asc"}],
    [{"acl": "asc"}, {"ordinal": "asc"}],
    [{"added_at": "asc"}, {"ordinal": "asc"}],
])  # fmt: skip
def test_sorted_pages_are_those_of_a_real_server(filled, sort):
    found = []
    for each in filled:
        hits, more = [], {}
        while page := each.search(sort=sort, **{**more, "size": 13})["hits"]["hits"]:
            hits += [(hit["_source"]["ordinal"], hit["sort"]) for hit in page]
            more = {"search_after": page[-1]["sort"]}
        found.append(hits)
    assert found[0] == found[1]
    assert len(found[0]) == 60


@pytest.mark.shared
@pytest.mark.parametrize("aggregation", [
    {"value_count": {"field": "acl"}},
    {"value_count": {"field": "nowhere"}},
    {"composite": {"size": 5, "sources": [{"d": {"terms": {"field": "document"}}}]}},
    {"composite": {
        "size": 6,
        "sources": [{"d": {"terms": {"field": "document"}}}, {"a": {"terms": {"field": "acl"}}}],
        "after": {"d": "hr/5.md", "a": "hr"},
    }},
    {"composite": {"sources": [{"d": {"terms": {"field": "document"}}}]},
     "aggs": {"readers": {"value_count": {"field": "acl"}}}},
])  # fmt: skip
def test_aggregations_are_those_of_a_real_server(filled, aggregation):
    query = {"range": {"ordinal": {"gte": 5}}}
    answers = [each.search(query, size=0, aggs={"x": aggregation}) for each in filled]
    assert answers[0]["aggregations"] == answers[1]["aggregations"]
    assert answers[0]["hits"]["total"] == answers[1]["hits"]["total"]


@pytest.mark.shared
@pytest.mark.parametrize("wanted", [True, False, ["document", "ordinal", "nowhere"]])
def test_sources_are_shown_as_by_a_real_server(filled, wanted):
    found = [
        each.search(sort=[{"ordinal": "asc"}], _source=wanted, size=9)["hits"]["hits"]
        for each in filled
    ]
    mine, theirs = ([hit.get("_source") for hit in hits] for hits in found)
    assert mine == theirs


@pytest.mark.shared
@pytest.mark.parametrize("body", [
    {"query": {"bogus": {}}},
    {"query": {"term": {"ordinal": "many"}}},
    {"query": {"term": {"kept": "x"}}},
    {"query": {"terms": {"acl": "hr"}}},
    {"query": {"term": {"acl": "hr"}, "match_all": {}}},
    {"query": {"range": {"ordinal": {"about": 3}}}},
    {"query": {"knn": {"vec": {"vector": [1, 0, 0], "k": 3}}}},
    {"query": {"knn": {"vec": {"vector": [1, 0], "k": 0}}}},
    {"query": {"knn": {"vec": {"vector": [1, 0]}}}},
    {"query": {"knn": {"acl": {"vector": [1, 0], "k": 3}}}},
    {"query": {"bool": {"musst": []}}},
    {"query": {"prefix": {"ordinal": {"value": "1"}}}},
    {"sort": [{"nowhere": "asc"}]},
    {"sort": [{"words": "asc"}]},
    {"sort": [{"ordinal": "asc"}], "search_after": [1, 2]},
    {"size": 10_001},
    {"size": -1},
    {"bogus": 1},
    {"aggs": {"x": {"bogus": {"field": "acl"}}}},
    {"aggs": {"x": {"composite": {"sources": [{"d": {"terms": {"field": "words"}}}]}}}},
    {"aggs": {"x": {"composite": {"sources": []}}}},
])  # fmt: skip
def test_what_a_real_server_refuses_is_refused(filled, body):
    for each in filled:
        with pytest.raises(OpenSearchException) as caught:
            each.client.search(index=each.index, body=body)
        assert caught.value.status_code == 400


@pytest.mark.parametrize("query", [
    {"wildcard": {"document": "h*"}},
    {"fuzzy": {"document": "hr"}},
    {"query_string": {"query": "hr"}},
    {"script_score": {"query": {"match_all": {}}, "script": {"source": "1"}}},
    {"hybrid": {"queries": []}},
    {"match": {"words": {"query": "dog", "fuzziness": "AUTO"}}},
    {"match": {"words": {"query": "dog runs", "operator": "and"}}},
    {"exists": {"field": "words"}},
    {"term": {"words": "dog"}},
    {"term": {"acl": {"value": "hr", "case_insensitive": True}}},
    {"knn": {"vec": {"vector": [1, 0], "k": 3, "method_parameters": {"ef_search": 9}}}},
    {"match_all": {"boost": 2}},
])  # fmt: skip
def test_a_query_that_the_own_engine_does_not_know_is_refused_and_never_guessed(start, query):
    collection = start()
    collection.create()
    collection.add({"document": "hr/a"})
    with pytest.raises(RequestError):
        collection.search(query)


@pytest.mark.parametrize("more", [
    {"from": 3},
    {"sort": ["ordinal"]},
    {"sort": [{"ordinal": "desc"}]},
    {"_source": {"excludes": ["vec"]}},
    {"aggs": {"x": {"terms": {"field": "acl"}}}},
    {"aggs": {"x": {"max": {"field": "ordinal"}}}},
    {"pit": {"id": "x"}},
    {"highlight": {}},
])  # fmt: skip
def test_a_search_that_the_own_engine_does_not_know_is_refused_and_never_guessed(start, more):
    collection = start()
    collection.create()
    collection.add({"document": "hr/a", "acl": ["hr"], "ordinal": 1})
    with pytest.raises(RequestError):
        collection.search(**more)


def test_two_searches_in_one_round_trip_fail_each_by_itself(collection):
    collection.add({"document": "a", "words": "dogs"}, {"document": "b", "vec": [1, 0]})
    collection.standin.settle()
    lines = [
        {}, {"query": {"match": {"words": {"query": "dog"}}}},
        {}, {"query": {"knn": {"vec": {"vector": [1], "k": 1}}}},
        {}, {"query": {"knn": {"vec": {"vector": [1, 0], "k": 1}}}},
    ]  # fmt: skip
    responses = collection.client.msearch(index=collection.index, body=lines)["responses"]
    assert [each["status"] for each in responses] == [200, 400, 200]
    found = [
        each["hits"]["hits"][0]["_source"]["document"] for each in (responses[0], responses[2])
    ]
    assert found == ["a", "b"]
    (absent,) = collection.client.msearch(index="nobody-made-it", body=[{}, {}])["responses"]
    assert absent["status"] == 404


def test_documents_are_found_by_the_ids_that_the_server_made(collection):
    numbers = collection.add({"document": "a", "ordinal": 1}, {"document": "b"})
    collection.standin.settle()
    assert collection.documents({"ids": {"values": numbers[1:]}}) == ["b"]


def test_scores_of_vectors_are_made_of_inner_products(collection):
    collection.add({"vec": [2, 0]}, {"vec": [0, 1.0]}, {"vec": [-1, 1]})
    collection.standin.settle()
    hits = collection.search({"knn": {"vec": {"vector": [1, 0], "k": 9}}})["hits"]["hits"]
    assert [hit["_score"] for hit in hits] == pytest.approx([3.0, 1.0, 0.5], abs=1e-5)


def test_fields_that_a_closed_mapping_does_not_name_are_kept_and_not_searched(start):
    collection = start()
    mappings = {"dynamic": False, "properties": {"document": {"type": "keyword"}}}
    collection.client.indices.create(index=collection.index, body={"mappings": mappings})
    collection.add({"document": "a", "more": "x"})
    assert collection.search()["hits"]["hits"][0]["_source"] == {"document": "a", "more": "x"}
    assert collection.documents({"term": {"more": "x"}}) == []


def test_fields_that_an_open_mapping_does_not_name_are_refused_and_never_guessed(start):
    collection = start()
    collection.client.indices.create(index=collection.index, body={})
    body = [{"index": {}}, {"document": "a"}]
    answer = collection.client.bulk(index=collection.index, body=body)
    assert answer["items"][0]["index"]["status"] == 400
