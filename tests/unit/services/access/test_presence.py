"""What the bucket says of documents at the moment of an answer."""

from __future__ import annotations

import json

import pytest

from wellread.domain.access.rules import AccessRules
from wellread.domain.access.scope import Operator, Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus, Failure
from wellread.domain.knowledge.documents import ObjectVersion
from wellread.domain.knowledge.errors import DocumentError, FailureCode, TransientError
from wellread.services.access.presence import Presence
from wellread.services.access.rules_in_force import Access

EVERYONE, HR = Scope.of("everyone"), Scope.of("everyone", "hr")


class Store:
    """A bucket far away: keys and contents; an error is raised instead of a look."""

    def __init__(self, **objects):
        self.objects = {key.replace("_", "."): data for key, data in objects.items()}
        self.looked_at = []

    def current(self, key):
        self.looked_at.append(key)
        data = self.objects.get(key)
        if isinstance(data, Exception):
            raise data
        return None if data is None else ObjectVersion(key, "v1", len(data), 1)

    def read(self, version):
        return self.objects[version.document]

    def beside(self, document):
        self.looked_at.append(document)
        return [key for key in self.objects if key.startswith(document.split(".")[0])]

    def side_by_side(self, look, documents):
        return [look(document) for document in documents]


class Rules:
    def load(self):
        return AccessRules()


def known(key, *, status=DocumentStatus.INDEXED, **fields):
    return DocumentRecord(key, status, "v1", frozenset({"everyone"}), 1.0, 1.0, **fields)


def presence_in(store):
    return Presence(store, Access(Rules(), None, None))


def permitted(store, *documents, scope=EVERYONE):
    records = {key: known(key) for key in documents}
    return list(presence_in(store).permitted(records, scope))


def sidecar(audience):
    return json.dumps({"metadataAttributes": {"audience": audience}}).encode()


def test_a_document_that_the_bucket_holds_no_more_is_not_shown_before_its_event_came():
    assert permitted(Store(a_md=b"A"), "a.md", "gone.md") == ["a.md"]


def test_a_sidecar_that_restricts_holds_before_its_event_came():
    store = Store(a_md=b"A", **{"a_md_metadata_json": sidecar("hr")})

    assert permitted(store, "a.md") == []
    assert permitted(store, "a.md", scope=HR) == ["a.md"]


def test_a_document_that_may_not_be_looked_at_any_more_is_not_shown():
    assert permitted(Store(a_md=DocumentError(FailureCode.UNREADABLE)), "a.md") == []


def test_a_bucket_that_does_not_answer_is_no_reason_to_show_or_to_hide():
    with pytest.raises(TransientError):
        permitted(Store(a_md=TransientError("away")), "a.md")


def test_a_folder_on_the_same_machine_is_looked_at_too():
    class Folder:
        def current(self, key):
            return ObjectVersion(key, "v1", 1, 1) if key == "a.md" else None

        def beside(self, document):
            return [document]

    assert permitted(Folder(), "a.md", "gone.md") == ["a.md"]


def test_what_the_registry_or_the_rules_do_not_permit_is_not_even_looked_at():
    store = Store(a_md=b"A", gone_md=b"G", hr_md=b"H")
    records = {
        "a.md": known("a.md"),
        "gone.md": known("gone.md", deleted=True),
        "hr.md": known("hr.md", sidecar=SidecarMetadata(audience=frozenset({"hr"}))),
    }

    assert list(presence_in(store).permitted(records, EVERYONE)) == ["a.md"]
    assert set(store.looked_at) == {"a.md"}


def test_a_document_that_failed_because_it_may_not_be_looked_at_is_listed_and_not_opened():
    unreadable = DocumentError(FailureCode.UNREADABLE)
    store = Store(told_md=unreadable, untold_md=unreadable)
    failure = Failure(FailureCode.UNREADABLE, unreadable.reason, unreadable.fix)
    records = {
        "told.md": known("told.md", status=DocumentStatus.FAILED, failure=failure),
        "untold.md": known("untold.md"),
    }
    presence = presence_in(store)

    assert list(presence.listed(records, EVERYONE)) == ["told.md"]
    assert dict(presence.permitted(records, EVERYONE)) == {}
    assert list(presence.listed(records, Operator())) == ["told.md", "untold.md"]


def test_an_operators_look_needs_no_sidecar():
    store = Store(a_md=b"A", **{"a_md_metadata_json": sidecar("hr")})
    records = {"a.md": known("a.md"), "gone.md": known("gone.md")}

    assert list(presence_in(store).listed(records, Operator())) == ["a.md"]
    assert store.looked_at == ["a.md", "gone.md"]
