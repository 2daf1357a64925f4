"""What a collection keeps in a file."""

from __future__ import annotations

import math

import pytest
from opensearchpy import NotFoundError


def test_an_acknowledged_write_is_in_the_file_before_anything_is_closed(start, tmp_path):
    file = tmp_path / "data" / "collection.sqlite"
    before = start(data=file, lag_seconds=math.inf)
    before.create()
    gone, *_ = before.add({"document": "gone"}, {"document": "first", "vec": [1, 0]})
    before.remove(gone)

    after = start(data=file)
    after.index = before.index
    assert after.documents() == ["first"]
    assert after.documents({"knn": {"vec": {"vector": [1, 0], "k": 1}}}) == ["first"]
    mapping = after.client.indices.get_mapping(index=after.index)[after.index]["mappings"]
    assert mapping["_meta"] == {"model": "m1"}


def test_a_deleted_index_is_gone_from_the_file(start, tmp_path):
    file = tmp_path / "collection.sqlite"
    before = start(data=file)
    before.create()
    before.add({"document": "a"})
    before.client.indices.delete(index=before.index)

    after = start(data=file)
    with pytest.raises(NotFoundError):
        after.client.search(index=before.index)


def test_a_port_that_is_taken_is_refused(start):
    port = int(start().standin.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        start(port=port)
