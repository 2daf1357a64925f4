"""The stand-in as a process: its orders over HTTP, and what survives its death."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest
from opensearchpy import ConnectionError as LostConnection

from tests.serverless.collection import KEYS, Collection, client_of


class Process:
    """A running stand-in."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self._process = process
        self.url = url

    def order(self, name: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_standin/{name}", data)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            return json.load(response)

    def stop(self, number: int) -> int:
        self._process.send_signal(number)
        return self._process.wait(10)


@contextlib.contextmanager
def running(root, *options: str) -> Iterator[Process]:
    command = [sys.executable, "-m", "stack_local.serverless", "--lag", "0", *options]
    key = f"{KEYS.access_key}:{KEYS.secret_key}"
    with subprocess.Popen(
        [*command, "--key", key], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            url = process.stdout.readline().strip().removeprefix("STANDIN_URL=")
            assert process.stdout.readline() == "READY\n"
            yield Process(process, url)
        finally:
            process.kill()


def test_a_termination_ends_it_in_order(repository):
    with running(repository) as process:
        assert process.stop(signal.SIGTERM) == 0


def test_a_kill_loses_no_acknowledged_write(repository, tmp_path):
    file = tmp_path / "data" / "collection.sqlite"
    acknowledged: list[str] = []
    with (
        running(repository, "--data", str(file)) as process,
        closing(client_of(process.url)) as client,
    ):
        collection = Collection(process, client, "kept")
        collection.create()
        gone, *_ = collection.add({"document": "gone"}, {"document": "first", "vec": [1, 0]})
        collection.remove(gone)
        many = threading.Event()

        def write() -> None:
            for number in range(100_000):
                try:
                    collection.add({"document": str(number)}, {"document": f"{number}b"})
                except LostConnection:
                    return
                acknowledged.extend((str(number), f"{number}b"))
                if number == 20:
                    many.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert many.wait(30)
        process.stop(signal.SIGKILL)
        writer.join(30)

    with (
        running(repository, "--data", str(file)) as process,
        closing(client_of(process.url)) as client,
    ):
        collection = Collection(process, client, "kept")
        found = [
            bucket["key"]["d"]
            for bucket in collection.search(
                size=0,
                aggs={
                    "all": {
                        "composite": {
                            "size": 60_000, "sources": [{"d": {"terms": {"field": "document"}}}]
                        }
                    }
                },
            )["aggregations"]["all"]["buckets"]
        ]  # fmt: skip
        assert {"first", *acknowledged} <= set(found)
        # A bulk that nobody acknowledged is there as a whole, or not at all.
        assert {each.removesuffix("b") for each in found} - {"first"} == {
            each for each in found if not each.endswith("b")
        } - {"first"}
        assert "gone" not in found
        near = {"knn": {"vec": {"vector": [1, 0], "k": 1}}}
        assert collection.documents(near) == ["first"]
        mapping = client.indices.get_mapping(index="kept")["kept"]["mappings"]
        assert mapping["_meta"] == {"model": "m1"}
        client.indices.delete(index="kept")

    with (
        running(repository, "--data", str(file)) as process,
        closing(client_of(process.url)) as client,
    ):
        assert not client.indices.exists(index="kept")


def test_a_port_that_is_taken_is_named(repository):
    with running(repository) as process:
        port = process.url.rsplit(":", 1)[1]
        second = subprocess.run(
            [sys.executable, "-m", "stack_local.serverless", "--port", port],
            cwd=repository,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert second.returncode == 1
    assert f"127.0.0.1:{port}" in second.stderr
    assert "Traceback" not in second.stderr


def test_orders_are_taken_over_http_where_that_is_allowed(repository):
    with (
        running(repository, "--lag=-1", "--control") as process,
        closing(client_of(process.url)) as client,
    ):
        collection = Collection(process, client, "ordered")
        collection.create()
        process.order("faults", {"throttle_items": {"places": [0]}})
        answer = client.bulk(
            index="ordered", body=[{"index": {}}, {"document": "a"}, {"index": {}}, {}]
        )
        assert [item["index"]["status"] for item in answer["items"]] == [429, 201]
        assert collection.search()["hits"]["total"]["value"] == 0
        process.order("settle", {})
        assert collection.search()["hits"]["total"]["value"] == 1
        assert process.order("state")["served"]["search"] == 2
        for wrong in ({"bogus": {}}, {"answer": {"status": 503, "operations": ["bogus"]}}):
            with pytest.raises(urllib.error.HTTPError) as caught:
                process.order("faults", wrong)
            with caught.value as refusal:
                assert refusal.code == 400


def test_orders_are_not_taken_where_nobody_allowed_them(repository):
    with running(repository) as process:
        with pytest.raises(urllib.error.HTTPError) as caught:
            process.order("settle", {})
        with caught.value as refusal:
            assert refusal.code == 403
