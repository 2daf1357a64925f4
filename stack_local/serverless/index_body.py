"""The body that an index is created with: what a collection takes of it."""

from __future__ import annotations

from collections.abc import Iterator

from stack_local.serverless.exchange import Json, Refusal, object_at

_TOP = frozenset({"mappings", "settings"})
_SETTINGS = frozenset({"knn", "knn.algo_param.ef_search", "refresh_interval"})


def check_index_body(body: Json) -> None:
    """Refuse what a vector search collection does not take.

    Shards and replicas are the service's own business, and only the engine faiss is known to
    filter inside a vector search there.

    Raises:
        Refusal: 400.
    """
    unknown = set(body) - _TOP
    if unknown:
        raise _refused(f"unknown key {sorted(unknown)} for create index")
    settings = set(index_settings(body)) - _SETTINGS
    if settings:
        raise _refused(f"unknown setting {sorted(settings)}")
    mappings = object_at(body, "mappings")
    check_engines(mappings)
    if any(vector_properties(mappings)) and str(index_settings(body).get("knn")).lower() != "true":
        raise _refused("an index with a knn_vector wants the setting index.knn")


def check_engines(mappings: Json) -> None:
    """Refuse a vector field that does not name the engine.

    Raises:
        Refusal: 400.
    """
    for name, each in vector_properties(mappings):
        if object_at(each, "method").get("engine") != "faiss":
            raise _refused(f"knn_vector [{name}] must name the engine faiss")


def index_settings(body: Json) -> Json:
    """The settings under `index`, however they are written; `analysis` left out."""
    found: Json = {}
    settings = object_at(body, "settings")
    for name, value in settings.items():
        if name == "index":
            found.update(object_at(settings, name))
        elif name != "analysis":
            found[name.removeprefix("index.")] = value
    found.pop("analysis", None)
    return found


def vector_properties(mappings: Json) -> Iterator[tuple[str, Json]]:
    """Name and body of every knn_vector of a mapping."""
    for name, each in object_at(mappings, "properties").items():
        if isinstance(each, dict):
            if each.get("type") == "knn_vector":
                yield name, each
            yield from vector_properties(each)


def _refused(reason: str) -> Refusal:
    return Refusal.because(400, "illegal_argument_exception", reason)
