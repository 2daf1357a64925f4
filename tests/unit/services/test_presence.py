"""What the bucket says of documents at the moment of an answer."""

from __future__ import annotations

import json

import pytest

from wellread.domain.access.rules import AccessRules
from wellread.domain.access.scope import Scope
from wellread.domain.documents import ObjectVersion
from wellread.domain.errors import DocumentError, FailureCode, TransientError
from wellread.domain.ingest import DocumentRecord, DocumentStatus
from wellread.services.access import Access
from wellread.services.presence import Presence

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
        return [key for key in self.objects if key.startswith(document.split(".")[0])]

    def side_by_side(self, look, documents):
        return [look(document) for document in documents]


class Rules:
    def load(self):
        return AccessRules()


def permitted(store, *documents, scope=EVERYONE):
    records = {
        key: DocumentRecord(key, DocumentStatus.INDEXED, "v1", frozenset({"everyone"}), 1.0, 1.0)
        for key in documents
    }
    return list(Presence(store, Access(Rules(), None, None)).permitted(records, scope))


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


def test_a_folder_on_the_same_machine_is_not_looked_at():
    class Folder:
        def current(self, key):
            raise AssertionError(key)

    assert permitted(Folder(), "a.md") == ["a.md"]
