"""An index's mapping, the embedder noted in it, and making the index when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wellread.adapters.aws.opensearch_chunks import index_body, keeps_places, vector_mapping
from wellread.adapters.aws.opensearch_requests import (
    IndexBusyError,
    IndexDeniedError,
    IndexMissingError,
    IndexRefusedError,
    IndexRequests,
)
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelMismatchError
from wellread.ports.operations import Clock

_EXISTS = "resource_already_exists_exception"
_SEARCHES_IN_A_ROW = 3
_POLL_SECONDS = 0.5
_POLLS = 240
"""Two minutes: a changed data access policy takes up to one until it holds."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the mapping says of the vectors.

    Attributes:
        model: Version of the embedder whose vectors the index holds; None while it has none.
        embedder: The setting that embedder was chosen with.
        dimensions: Length of a vector; 0 while there is none.
        places: Whether phrases can be looked for.
    """

    model: str | None
    embedder: str | None
    dimensions: int
    places: bool = True

    def check(self, model: str | None, dimensions: int) -> None:
        """Check that vectors of that model and length fit.

        Raises:
            ModelMismatchError: They do not.
        """
        if self.model is None or (self.model, self.dimensions) == (model, dimensions):
            return
        given = model or "no named model"
        raise ModelMismatchError(
            f"The index holds vectors of {self.model} with {self.dimensions} numbers, and this one "
            f"is of {given} with {dimensions}. Run wellread with the embedder that the index was "
            "made with, or set WELLREAD_INDEX_NAME to a new index and ingest the documents again."
        )


class IndexLayout:
    """Reads the mapping, and remembers it for a while once it names an embedder."""

    def __init__(
        self,
        requests: IndexRequests,
        engine: str,
        embedder_setting: str,
        *,
        clock: Clock,
        sleep: Callable[[float], None],
        remember_seconds: float,
    ) -> None:
        """Remember whom to ask; the mapping is read when it is first needed."""
        self._requests = requests
        self._engine = engine
        self._embedder = embedder_setting
        self._clock = clock
        self._sleep = sleep
        self._remember_seconds = remember_seconds
        self._read_at = float("-inf")
        self._layout: Layout | None = None
        self._seen = False
        self._making = threading.Lock()

    def known(self) -> Layout | None:
        """The layout; None where there is no index.

        Raises:
            InvalidConfigurationError: There is one that wellread did not make.
        """
        layout = self._layout
        if layout is not None and self._clock() - self._read_at < self._remember_seconds:
            return layout
        try:
            return self._read()
        except IndexMissingError:
            self._layout = None
            return None

    def ready(self, model: str | None, dimensions: int) -> None:
        """Make sure that the index is there and takes vectors of that model.

        Args:
            model: None where there are no vectors to come.
            dimensions: Their length.

        Raises:
            ModelMismatchError: It holds others.
            IndexUnavailableError: It is being made and not there yet.
        """
        layout = self._known_or_forbidden()
        if layout is None:
            with self._making:
                layout = self._known_or_forbidden() or self._make(model, dimensions)
        if model is None:
            return
        if layout.model is None:
            with self._making:
                layout = self._read()
                layout = layout if layout.model else self._note(model, dimensions)
        layout.check(model, dimensions)

    def _known_or_forbidden(self) -> Layout | None:
        """As `known`; but a policy that was just made may not hold yet."""
        try:
            return self.known()
        except IndexDeniedError:
            if self._seen:
                raise
            return None

    def _read(self) -> Layout:
        """The layout as the mapping has it."""
        (index,) = self._requests.get("/_mapping").values()
        self._seen = True
        mapping = index["mappings"]
        meta = mapping.get("_meta", {})
        if "engine" not in meta:
            raise InvalidConfigurationError(
                "The index that WELLREAD_INDEX_NAME names was not made by wellread (or by a first "
                "write while it was being deleted). Delete it, or set another name."
            )
        vector = mapping["properties"].get("vec", {})
        layout = Layout(
            model=meta.get("model_version"),
            embedder=meta.get("embedder"),
            dimensions=int(vector.get("dimension", 0)),
            places=keeps_places(mapping),
        )
        if layout.model is not None:
            self._layout, self._read_at = layout, self._clock()
        return layout

    def _make(self, model: str | None, dimensions: int) -> Layout:
        """Create the index and wait until it can be searched, wherever one asks."""
        body = index_body(self._engine)
        if model is not None:
            body["mappings"] |= self._with_vectors(model, dimensions, body["mappings"])
        found = 0
        created = False
        for poll in range(_POLLS):
            if poll:
                self._sleep(_POLL_SECONDS)
            try:
                created = created or self._create(body)
                layout = self._read()
                self._requests.search({"size": 0})
            except (IndexDeniedError, IndexMissingError, IndexBusyError):
                if poll == _POLLS - 1:
                    raise
                found = 0
                continue
            found += 1
            if found == _SEARCHES_IN_A_ROW:
                break
        return layout

    def _create(self, body: dict[str, Any]) -> bool:
        try:
            self._requests.send("PUT", body=body)
        except IndexRefusedError as error:
            if error.kind != _EXISTS:
                raise
        return True

    def _note(self, model: str, dimensions: int) -> Layout:
        """Add the vectors' field, and who makes them, to an index that has only words.

        Two embedders that did so at once would both be told who won: what the mapping holds
        afterwards counts, and a vector field once made keeps its length.
        """
        mapping = self._with_vectors(model, dimensions, {"properties": {}})
        try:
            self._requests.send("PUT", "/_mapping", mapping)
        except IndexRefusedError:
            if self._read().model is None:
                raise
        return self._read()

    def _with_vectors(
        self, model: str, dimensions: int, mappings: dict[str, Any]
    ) -> dict[str, Any]:
        vector = vector_mapping(self._engine, dimensions)
        return {
            "_meta": {
                "engine": self._engine,
                "model_version": model,
                "embedder": self._embedder or None,
            },
            "properties": mappings["properties"] | {"vec": vector},
        }
