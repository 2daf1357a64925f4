"""A stand-in with a signed client of it, and the index that a test uses."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from botocore.credentials import Credentials
from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection

from stack_local.serverless import KeyPair, ServerlessStandIn

KEYS = KeyPair("AKIDEXAMPLE", "example-secret")


def index_body() -> dict[str, Any]:
    """The body of a small index with a field of each sort."""
    return {
        "settings": {
            "index": {"knn": True},
            "analysis": {
                "analyzer": {
                    "stems": {
                        "type": "custom",
                        "tokenizer": "standard",
                        "filter": ["lowercase", "asciifolding", "porter_stem"],
                    }
                }
            },
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"model": "m1"},
            "properties": {
                "document": {"type": "keyword"},
                "acl": {"type": "keyword"},
                "by_rule": {"type": "boolean"},
                "ordinal": {"type": "integer"},
                "added_at": {"type": "long"},
                "kept": {"type": "keyword", "index": False, "doc_values": False},
                "words": {"type": "text", "analyzer": "stems"},
                "vec": {
                    "type": "knn_vector",
                    "dimension": 2,
                    "method": {"name": "hnsw", "engine": "faiss", "space_type": "innerproduct"},
                },
            },
        },
    }


@dataclass
class Collection:
    """A stand-in, a client of it, and the index that a test uses."""

    standin: ServerlessStandIn
    client: OpenSearch
    index: str = field(default_factory=lambda: f"serverless-{secrets.token_hex(6)}")

    def create(self) -> None:
        self.client.indices.create(index=self.index, body=index_body())

    def add(self, *documents: dict[str, Any]) -> list[str]:
        """Add documents, returning the ids that the server made."""
        body = [line for document in documents for line in ({"index": {}}, document)]
        answer = self.client.bulk(index=self.index, body=body)
        assert not answer["errors"], answer
        return [item["index"]["_id"] for item in answer["items"]]

    def remove(self, *ids: str) -> list[dict[str, Any]]:
        answer = self.client.bulk(index=self.index, body=[{"delete": {"_id": id_}} for id_ in ids])
        return [item["delete"] for item in answer["items"]]

    def search(self, query: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        body = {"size": 100, **({"query": query} if query else {}), **more}
        return self.client.search(index=self.index, body=body)

    def documents(self, query: dict[str, Any] | None = None, **more: Any) -> list[str]:
        return [hit["_source"]["document"] for hit in self.search(query, **more)["hits"]["hits"]]


def client_of(
    url: str, keys: KeyPair = KEYS, *, service: str = "aoss", **options: Any
) -> OpenSearch:
    credentials = Credentials(keys.access_key, keys.secret_key, keys.token)
    return OpenSearch(
        url,
        http_auth=Urllib3AWSV4SignerAuth(credentials, "eu-west-1", service),
        connection_class=Urllib3HttpConnection,
        **{"http_compress": True, "max_retries": 0, "timeout": 10, **options},
    )
