"""Which documents are the newest, of how many, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from wellread.domain.access.scope import Scope
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.services.ingest.documents import COUNTED
from wellread.services.ingest.latest import Latest

VIEWER = Scope.of("everyone")


def record(key: str, at: float = 0.0) -> DocumentRecord:
    return DocumentRecord(
        DocumentId(key),
        DocumentStatus.INDEXED,
        None,
        frozenset({"everyone"}),
        received_at=at,
        updated_at=at,
        searchable_since=at,
    )


@dataclass
class Registry:
    """A listing, with rules that are always applied and a bucket that lacks some documents."""

    records: list[DocumentRecord] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    looked_at: int = 0

    def refresh(self) -> int:
        return 0

    def list_for(
        self,
        _: Scope,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[DocumentRecord]:
        found = (each for each in self.records if status in (None, each.status))
        return [each for each in found if each.document > after][:limit]

    def permitted(
        self, records: Mapping[DocumentId, DocumentRecord], _: Scope
    ) -> Mapping[DocumentId, DocumentRecord]:
        self.looked_at += len(records)
        return {key: each for key, each in records.items() if key not in self.gone}

    listed = permitted


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def latest(registry: Registry) -> Latest:
    return Latest(registry, registry, registry)


def keys(records: Sequence[DocumentRecord]) -> list[str]:
    return [each.document for each in records]


def test_the_freshest_are_those_that_became_searchable_last(registry, latest) -> None:
    registry.records = [record("a", 3), record("b", 1), record("c", 9), record("d", 5)]
    registry.gone = {"d"}
    found = latest.overview(VIEWER, 2)

    assert (found.documents, found.more) == (3, False)
    assert keys(found.freshest) == ["c", "a"]


def test_of_many_documents_so_many_are_looked_at_and_no_more(registry, latest) -> None:
    registry.records = [record(f"{n:05}", n) for n in range(COUNTED + 600)]
    found = latest.overview(VIEWER, 3)

    assert (found.documents, found.more) == (COUNTED, True)
    assert keys(found.freshest) == ["01599", "01598", "01597"]
    assert registry.looked_at <= COUNTED + 50


def test_of_too_many_documents_none_is_called_the_freshest(registry, latest) -> None:
    registry.records = [record(f"{n:05}", n) for n in range(6000)]
    found = latest.overview(VIEWER, 3)

    assert (found.documents, found.more, found.freshest) == (COUNTED, True, ())


def test_those_under_a_prefix_are_found_newest_first(registry, latest) -> None:
    registry.records = [record("chat/a", 1), *[record(f"chat/x/{n}", n) for n in range(9)]]
    registry.records += [record("chat/y/1", 99), record("z", 100)]
    registry.gone = {"chat/x/8"}

    assert keys(latest.under(VIEWER, "chat/x/", 2)) == ["chat/x/7", "chat/x/6"]
    assert latest.under(VIEWER, "chat/w/", 2) == ()
