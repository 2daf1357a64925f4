"""An evaluation's passages in an OpenSearch, in an index of their own."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from wellread.adapters.aws.opensearch_connection import connect
from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
from wellread.domain.knowledge.documents import IndexedChunk
from wellread.ports.access import AccessRulesSource
from wellread.ports.index import PassageIndex

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

Engine = Literal["faiss", "lucene"]


@contextlib.contextmanager
def index_at(
    url: str, engine: Engine | None, embedder: str
) -> Iterator[Callable[[AccessRulesSource], PassageIndex]]:
    """A new index in an OpenSearch, deleted at the end.

    Args:
        url: A server's address, or a collection's endpoint.
        engine: "faiss" is OpenSearch Serverless: requests are signed. "lucene" is a plain server.
            None takes the one that such an address most likely has.
        embedder: What the embedder is chosen with.

    Yields:
        From the access rules to the index; each call gives the same one.

    Raises:
        InvalidConfigurationError: The address is none.
    """
    engine = engine or ("faiss" if url.startswith("https:") else "lucene")
    name = f"wellread-evaluation-{uuid.uuid4().hex[:12]}"
    client = connect(url, signed=engine == "faiss")
    with contextlib.closing(client):
        try:
            yield lambda rules: _index(client, name, engine, rules, embedder)
        finally:
            client.transport.perform_request("DELETE", f"/{name}", params={"ignore": 404})


def _index(
    client: OpenSearch, name: str, engine: Engine, rules: AccessRulesSource, embedder: str
) -> PassageIndex:
    class Prompt(OpenSearchPassageIndex):
        """A plain server shows writes when it is told to: waiting for each would take long."""

        def add(self, chunks: Sequence[IndexedChunk], model_version: str | None) -> None:
            super().add(chunks, model_version)
            client.transport.perform_request("POST", f"/{name}/_refresh")

    if engine == "lucene":
        return Prompt(
            client, name, engine=engine, rules=rules, embedder_setting=embedder, lag_seconds=1.0
        )
    return OpenSearchPassageIndex(
        client, name, engine=engine, rules=rules, embedder_setting=embedder
    )
