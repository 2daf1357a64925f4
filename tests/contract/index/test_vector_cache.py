"""What every vector cache does."""

from __future__ import annotations

import pytest


def test_cached_vectors_come_back_among_those_asked_for(vector_cache):
    vector_cache.put("m1", {"h1": (0.6, 0.8), "h2": (1.0, 0.0)})

    found = vector_cache.get("m1", ["h2", "h1", "h3"])
    assert found.keys() == {"h1", "h2"}
    assert found["h1"] == pytest.approx((0.6, 0.8), abs=1e-6)
    assert isinstance(found["h2"], tuple)


def test_vectors_of_another_model_are_not_found(vector_cache):
    vector_cache.put("m1", {"h1": (0.6, 0.8)})
    vector_cache.put("m2", {"h1": (0.0, 1.0)})

    assert vector_cache.get("m2", ["h1"]) == {"h1": (0.0, 1.0)}
    assert vector_cache.get("m3", ["h1"]) == {}


def test_a_later_vector_replaces_an_earlier_one(vector_cache):
    vector_cache.put("m1", {"h1": (0.0, 1.0)})
    vector_cache.put("m1", {"h1": (1.0, 0.0)})

    assert vector_cache.get("m1", ["h1"]) == {"h1": (1.0, 0.0)}


def test_asking_for_nothing_finds_nothing(vector_cache):
    vector_cache.put("m1", {})

    assert vector_cache.get("m1", []) == {}
