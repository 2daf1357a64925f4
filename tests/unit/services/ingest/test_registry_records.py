"""Conditional writes of a record that many want to write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.services.ingest.workshop import Workshop
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError
from wellread.services.knowledge.registry_records import write


class Contended:
    """A registry in which others win, so many times."""

    def __init__(self, workshop: Workshop, times: int) -> None:
        self._registry = workshop.registry
        self._times = times

    def __getattr__(self, name: str) -> object:
        return getattr(self._registry, name)

    def put(self, record: DocumentRecord) -> DocumentRecord:
        self._times -= 1
        if self._times >= 0:
            raise ConflictError("somebody else did")
        return self._registry.put(record)


@pytest.fixture
def key(workshop: Workshop) -> DocumentId:
    workshop.drop("a.txt", "Everyone has thirty days of leave a year.\n")
    workshop.chunk_next()
    return DocumentId("a.txt")


@pytest.mark.parametrize("times", [0, 2])
def test_a_write_that_one_other_forestalled_does_not_wait(
    workshop: Workshop, key: DocumentId, times: int
) -> None:
    slept: list[float] = []
    registry = Contended(workshop, times)
    change = write(registry, key, touched, sleep=slept.append)  # type: ignore[arg-type]

    assert change is not None
    assert slept == []


def test_a_write_that_many_forestall_waits_ever_longer_but_never_long(
    workshop: Workshop, key: DocumentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    slept: list[float] = []
    registry = Contended(workshop, 40)
    change = write(registry, key, touched, sleep=slept.append)  # type: ignore[arg-type]

    assert change is not None
    assert slept == sorted(slept)
    assert slept[0] < 0.2
    assert slept[-1] == 1.0


def test_a_write_that_others_always_forestall_is_left_to_another_delivery(
    workshop: Workshop, key: DocumentId
) -> None:
    registry = Contended(workshop, 1000)
    with pytest.raises(ConflictError):
        write(registry, key, touched, sleep=lambda _: None)  # type: ignore[arg-type]


def touched(record: DocumentRecord | None) -> DocumentRecord | None:
    return record and replace(record, updated_at=record.updated_at + 1.0)
