"""Queries against a large embedded index, in a process of its own."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import REPORT, as_markdown, sections_of
from benchmarks.measuring import resident_bytes, serve
from benchmarks.texts import Writer
from benchmarks.wellread_side import DIMENSIONS, Laptop
from wellread import bootstrap
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.ports.index import PassageQuery
from wellread.ports.models import Vector

_PASSAGES = 8
_LEG = 50
_DOCUMENTS_AT_ONCE = 40


class HashedEmbedder:
    """A direction for every text, at random but always the same; it costs next to nothing.

    What a search costs does not depend on where vectors point, and 100,000 chunks would keep a real
    embedder busy for hours.
    """

    model_version = "hashed"
    dimensions = DIMENSIONS

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """A vector a text."""
        return [self.embed_question(text) for text in texts]

    def embed_question(self, text: str) -> Vector:
        """A unit vector."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(DIMENSIONS, dtype=np.float32)
        return tuple((vector / np.linalg.norm(vector)).tolist())


def grow(given: dict[str, Any]) -> dict[str, float]:
    """Ingest documents until the index holds so many chunks."""
    started = time.process_time()
    with _laptop(given) as laptop:
        index = laptop.services.adapters.index
        documents = _documents(given, skip=len(list(laptop.documents.iterdir())))
        while (chunks := index.stats().chunks) < given["chunks"]:
            for _ in range(_DOCUMENTS_AT_ONCE):
                name, text = next(documents)
                (laptop.documents / name).write_text(text, encoding="utf-8")
            laptop.ingest()
    return {"chunks": chunks, "cpu": time.process_time() - started}


def query(given: dict[str, Any]) -> dict[str, Any]:
    """Ask questions of what is there: milliseconds of processor time each, recall, memory."""
    before = resident_bytes()
    scope = Scope.of(EVERYONE)
    embedder = HashedEmbedder()
    with _laptop(given) as laptop:
        retrieval = laptop.services.retrieval
        index = laptop.services.adapters.index
        questions = given["questions"] or _questions(given["count"])
        started = time.process_time()
        retrieval.retrieve(questions[0], scope, _PASSAGES)
        first = time.process_time() - started
        whole, lexical, vector, recalls = [], [], [], []
        held = resident_bytes()
        everything = _Everything(laptop.services.adapters.database.path)
        version = embedder.model_version
        for question in questions:
            direction = embedder.embed_question(question)
            words = PassageQuery(question, None, None)
            near = PassageQuery("", direction, version, _LEG)
            whole.append(_took(retrieval.retrieve, question, scope, _PASSAGES))
            lexical.append(_took(index.search, words, scope))
            vector.append(_took(index.search, near, scope))
            found = [hit.cosine for hit in index.search(near, scope).vector]
            recalls.append(everything.recall(direction, found))
        return {
            "chunks": index.stats().chunks,
            "first": first,
            "whole": whole,
            "lexical": lexical,
            "vector": vector,
            "recall": min(recalls),
            "resident": held,
            "before": before,
            "file": laptop.services.adapters.database.path.stat().st_size,
        }


class _Everything:
    """Brute force: every vector of the file, compared in double precision."""

    def __init__(self, path: Path) -> None:
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT vector FROM chunk_vector").fetchall()
        self._vectors = np.frombuffer(b"".join(row[0] for row in rows), dtype=np.float32)
        self._vectors = self._vectors.reshape(len(rows), DIMENSIONS)

    def recall(self, direction: Vector, found: Sequence[float | None]) -> float:
        """The share of the true best that was found, by their cosines."""
        scores = np.sort(self._vectors @ np.asarray(direction, dtype=np.float64))[::-1][:_LEG]
        reached = np.asarray(found, dtype=np.float64)
        return float(np.mean(np.abs(scores[: len(reached)] - reached) < 1e-5)) * (
            len(reached) / len(scores)
        )


@contextmanager
def _laptop(given: dict[str, Any]) -> Iterator[Laptop]:
    laptop = Laptop(Path(given["folder"]), HashedEmbedder())
    try:
        yield laptop
    finally:
        bootstrap.install(None)
        laptop.services.close()


def _documents(given: dict[str, Any], skip: int) -> Iterator[tuple[str, str]]:
    """Names and texts without end, those that are there already left out."""
    paths = sorted(Path(given["texts"]).rglob("*.md")) if given["texts"] else []
    number = skip
    while True:
        if paths:
            path = paths[number % len(paths)]
            yield f"{number:06d}-{path.name}", path.read_text(encoding="utf-8")
        else:
            writer = Writer(50_000 + number)
            yield f"{number:06d}.md", as_markdown(writer.heading(), sections_of(writer, REPORT))
        number += 1


def _questions(count: int) -> list[str]:
    """Questions in the words of some document, with the small words that questions have."""
    chance = random.Random(7)
    made = []
    for number in range(count):
        words = Writer(50_000 + number % 60).words(chance.randint(3, 8))
        made.append(f"What is the {words[0]} of {' and the '.join(words[1:])}?")
    return made


def _took(call: Callable[..., object], *given: object) -> float:
    started = time.process_time()
    call(*given)
    return 1000.0 * (time.process_time() - started)


if __name__ == "__main__":
    serve({"grow": grow, "query": query})
