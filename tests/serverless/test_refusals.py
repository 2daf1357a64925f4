"""What a vector search collection does not take."""

from __future__ import annotations

import json

import pytest
from opensearchpy import NotFoundError, OpenSearchException, RequestError, TransportError

from tests.serverless.collection import index_body

OWN_ID = "Document ID is not supported in create/index operation request"


def raw(client, method, path, body=None):
    return client.transport.perform_request(method, path, body=body)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/{index}/_refresh"),
        ("POST", "/_refresh"),
        ("POST", "/{index}/_delete_by_query"),
        ("POST", "/{index}/_update_by_query"),
        ("POST", "/_reindex"),
        ("GET", "/_cluster/health"),
        ("GET", "/_nodes/stats"),
        ("POST", "/_search/scroll"),
        ("POST", "/{index}/_flush"),
        ("POST", "/{index}/_forcemerge"),
        ("GET", "/_snapshot"),
        ("POST", "/_bulk"),
        ("GET", "/{index}/_count"),
    ],
)
def test_what_a_collection_lacks_is_a_404_without_a_body(front, method, path):
    with pytest.raises(NotFoundError) as caught:
        raw(front.client, method, path.format(index=front.index), body={})
    assert caught.value.error == ""


def test_the_empty_404_has_the_services_headers(front):
    status, headers, body = front.client.transport.connection_pool.get_connection(
    ).perform_request("GET", "/", ignore=(404,))  # fmt: skip
    assert (status, body, headers["server"]) == (404, "", "aoss-amazon")
    assert headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "_doc/mine"),
        ("POST", "_doc/mine"),
        ("PUT", "_create/mine"),
        ("POST", "_update/mine"),
    ],
)
def test_an_id_of_ones_own_is_a_400(front, method, path):
    with pytest.raises(RequestError, match=OWN_ID):
        raw(front.client, method, f"/{front.index}/{path}", {"document": "a"})


def test_ids_in_a_bulk_are_refused_item_by_item_within_a_200(collection):
    answer = collection.client.bulk(
        index=collection.index,
        body=[
            {"index": {"_id": "mine"}}, {"document": "a"},
            {"index": {}}, {"document": "b"},
            {"create": {"_id": "mine"}}, {"document": "c"},
            {"update": {"_id": "mine"}}, {"doc": {"document": "d"}},
        ],
    )  # fmt: skip
    results = [next(iter(item.values())) for item in answer["items"]]
    assert answer["errors"] is True
    assert [result["status"] for result in results] == [400, 201, 400, 400]
    assert {results[n]["error"]["reason"] for n in (0, 2, 3)} == {OWN_ID}
    collection.standin.settle()
    assert collection.documents() == ["b"]


def test_refresh_in_the_query_string_is_refused(front):
    with pytest.raises(RequestError, match="refresh is not supported"):
        front.client.bulk(index=front.index, body=[{"index": {}}, {}], refresh="wait_for")


def test_a_scroll_is_refused(front):
    with pytest.raises(RequestError, match="unrecognized parameter"):
        front.client.search(index=front.index, body={}, scroll="1m")


@pytest.mark.parametrize("engine", ["lucene", "nmslib", None])
def test_an_index_with_another_engine_than_faiss_is_refused(start, engine):
    collection = start()
    body = index_body()
    method = body["mappings"]["properties"]["vec"]["method"]
    method.pop("engine")
    if engine:
        method["engine"] = engine
    with pytest.raises(RequestError, match="engine faiss"):
        collection.client.indices.create(index="vectors", body=body)
    vector = {"properties": {"more": body["mappings"]["properties"]["vec"]}}
    collection.create()
    with pytest.raises(RequestError, match="engine faiss"):
        collection.client.indices.put_mapping(index=collection.index, body=vector)


def test_shards_and_replicas_are_the_services_own_business(start):
    with pytest.raises(RequestError, match="number_of_shards"):
        start().client.indices.create(
            index="shards", body={"settings": {"index": {"number_of_shards": 2}}}
        )


def test_the_engine_behind_the_front_is_called_faiss(collection):
    mapping = collection.client.indices.get_mapping(index=collection.index)[collection.index]
    assert mapping["mappings"]["properties"]["vec"]["method"]["engine"] == "faiss"
    assert mapping["mappings"]["_meta"] == {"model": "m1"}


def test_a_bulk_of_more_than_ten_mebibytes_is_refused(collection):
    text = "x" * (1024 * 1024)
    lines = [{"index": {}}, {"words": text}]
    with pytest.raises(TransportError) as caught:
        collection.client.bulk(index=collection.index, body=lines * 11)
    assert caught.value.status_code == 413
    assert not collection.client.bulk(index=collection.index, body=lines * 2)["errors"]


def test_a_bulk_into_an_index_that_nobody_made_fails_item_by_item(collection):
    answer = collection.client.bulk(index="nobody-made-it", body=[{"index": {}}, {"document": "a"}])
    assert answer["items"][0]["index"]["error"]["type"] == "index_not_found_exception"
    with pytest.raises(NotFoundError):
        collection.client.indices.get_mapping(index="nobody-made-it")


@pytest.mark.parametrize("name", ["*", "_all", "Upper", "a,b", "-x"])
def test_patterns_lists_and_wrong_names_of_indices_are_refused(front, name):
    with pytest.raises(OpenSearchException):
        front.client.search(index=name, body={})
    with pytest.raises(OpenSearchException):
        front.client.indices.delete(index=name)
    assert front.client.indices.get_mapping(index=front.index)


@pytest.mark.parametrize(
    "body",
    [
        b'{"index":{}}\n{"document":"a"}',
        b'{"bogus":{}}\n{"document":"a"}\n',
        b'{"index":{"_type":"x"}}\n{"document":"a"}\n',
        b'{"delete":{}}\n',
        b"not json\n",
        b"\n",
        b'{"index":{}}\n',
    ],
)
def test_a_bulk_that_is_wrong_as_a_whole_is_a_400_and_writes_nothing(front, body):
    with pytest.raises(RequestError):
        raw(front.client, "POST", f"/{front.index}/_bulk", body)
    front.standin.settle()
    assert front.documents() == []


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"nowhere": 1}, "strict_dynamic_mapping_exception"),
        ({"vec": [1, 2, 3]}, "mapper_parsing_exception"),
        ({"ordinal": "many"}, "mapper_parsing_exception"),
        ({"ordinal": 3_000_000_000}, "mapper_parsing_exception"),
        ({"by_rule": "perhaps"}, "mapper_parsing_exception"),
        ({"document": {"a": {"b": 1}}}, None),
        ({"document": "k" * 33_000}, None),
    ],
)
def test_a_document_that_does_not_fit_the_mapping_fails_alone(collection, document, kind):
    body = [{"index": {}}, document, {"index": {}}, {"document": "fits"}]
    answer = collection.client.bulk(index=collection.index, body=body)
    failed, fine = (item["index"] for item in answer["items"])
    assert (failed["status"], fine["status"]) == (400, 201)
    assert kind in (None, failed["error"]["type"])
    collection.standin.settle()
    assert collection.documents() == ["fits"]


def test_half_a_surrogate_pair_is_no_text(start):
    collection = start()
    collection.create()
    lines = b'{"index":{}}\n{"document":"half \\ud800"}\n'
    answer = raw(collection.client, "POST", f"/{collection.index}/_bulk", lines)
    assert answer["items"][0]["index"]["status"] == 400


def test_an_index_is_made_once(collection):
    with pytest.raises(RequestError, match="resource_already_exists_exception"):
        collection.create()


def test_a_field_keeps_its_type(collection):
    with pytest.raises(RequestError, match="document"):
        collection.client.indices.put_mapping(
            index=collection.index, body={"properties": {"document": {"type": "text"}}}
        )


def test_the_meta_of_a_mapping_can_be_replaced_and_fields_added(collection):
    collection.client.indices.put_mapping(
        index=collection.index,
        body={"_meta": {"model": "m2"}, "properties": {"language": {"type": "keyword"}}},
    )
    collection.add({"document": "a", "language": "de"})
    collection.standin.settle()
    mapping = collection.client.indices.get_mapping(index=collection.index)[collection.index]
    assert mapping["mappings"]["_meta"] == {"model": "m2"}
    assert collection.documents({"term": {"language": "de"}}) == ["a"]


def test_answers_are_json_with_the_status_in_them(collection):
    with pytest.raises(NotFoundError) as caught:
        collection.client.search(index="nobody-made-it", body={})
    assert json.loads(json.dumps(caught.value.info))["status"] == 404
    assert caught.value.error == "index_not_found_exception"
