"""Many clients at once: nothing is lost, and every search sees whole writes."""

from __future__ import annotations

import threading
from contextlib import closing

from tests.serverless.collection import Collection, client_of


def test_writers_and_readers_at_once_end_with_exactly_what_was_kept(start):
    collection = start(lag_seconds=0.01, uneven=1)
    collection.create()
    writers, rounds = 4, 15
    faults: list[object] = []

    def write(name: str) -> None:
        try:
            with closing(client_of(collection.standin.url)) as client:
                mine = Collection(collection.standin, client, collection.index)
                before: list[str] = []
                for number in range(rounds):
                    document = {"document": name, "ordinal": number, "words": f"{name} dogs"}
                    added = mine.add(document, {**document, "vec": [1, number + 1]})
                    results = mine.remove(*before) if before else []
                    assert all(each["result"] == "deleted" for each in results)
                    before = added
        except BaseException as error:  # told to the test's own thread
            faults.append(error)

    def read() -> None:
        try:
            with closing(client_of(collection.standin.url)) as client:
                mine = Collection(collection.standin, client, collection.index)
                while not over.is_set():
                    mine.documents({"match": {"words": {"query": "dog"}}})
                    mine.documents({"knn": {"vec": {"vector": [1, 2], "k": 5}}})
        except BaseException as error:
            faults.append(error)

    over = threading.Event()
    readers = [threading.Thread(target=read) for _ in range(2)]
    threads = [threading.Thread(target=write, args=(f"d{n}",)) for n in range(writers)]
    for thread in (*readers, *threads):
        thread.start()
    for thread in threads:
        thread.join(60)
    over.set()
    for thread in readers:
        thread.join(60)
    assert faults == []
    collection.standin.settle()
    hits = collection.search(sort=[{"document": "asc"}, {"ordinal": "asc"}])["hits"]["hits"]
    found = [(hit["_source"]["document"], hit["_source"]["ordinal"]) for hit in hits]
    assert found == [(f"d{n}", rounds - 1) for n in range(writers) for _ in range(2)]
