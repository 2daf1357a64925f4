"""Chunks to put into an index, and what a search finds of them."""

from __future__ import annotations

import math

from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import Chunk, IndexedChunk
from wellread.ports.index import PassageQuery

ALL = Scope.of("everyone")
MODEL = "tiny@1"


def direction(degrees):
    return (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), 0.0)


def piece(document="a.md", text="plain words", ordinal=0, degrees=0.0, **fields):
    defaults = {
        "revision": "v1",
        "build": "b1",
        "write": "w1",
        "audiences": frozenset({"everyone"}),
        "vector": None if degrees is None else direction(degrees),
    }
    titles = {"title": fields.pop("title", ""), "heading_path": fields.pop("path", ())}
    chunk = Chunk(ordinal, ordinal * 100, ordinal * 100 + len(text), text, page=4, **titles)
    values = defaults | fields
    own = None if values.pop("by_rule", False) else values["audiences"]
    return IndexedChunk(document=document, chunk=chunk, own=own, **values)


def query(text="", degrees=None, limit=50, model=MODEL, within=None):
    vector = None if degrees is None else direction(degrees)
    return PassageQuery(text, vector, model if vector else None, limit, within)


def documents(passages):
    return [passage.document for passage in passages]


def found(index, text="", degrees=None, scope=ALL, limit=50):
    """Every document that either leg finds."""
    hits = index.search(query(text, degrees, limit), scope)
    return {*documents(hits.lexical), *documents(hits.vector)}
