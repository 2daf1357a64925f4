"""What was stored by older versions can still be read."""

from __future__ import annotations

import json

from wellread.domain.ingest.records import Build, DocumentRecord, DocumentStatus, Failure
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import FailureCode
from wellread.wire.stored_form import pack_parsed, pack_record, unpack_parsed, unpack_record


def without(data: bytes, *names: str) -> bytes:
    def cut(values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {name: cut(value) for name, value in values.items() if name not in names}

    return json.dumps(cut(json.loads(data))).encode()


def test_builds_and_failures_from_before_recipes_are_of_none() -> None:
    written = DocumentRecord(
        document="a.md",
        status=DocumentStatus.FAILED,
        revision="v1",
        audiences=frozenset(),
        received_at=1.0,
        updated_at=1.0,
        active=Build("b", "v1", "A", 1, 1, recipe="r", tried="s", text="v1~2"),
        failure=Failure(FailureCode.NO_TEXT, "why", "how", "r"),
    )
    read = unpack_record(without(pack_record(written), "recipe", "tried", "text"), 1)

    assert read.active == Build("b", "v1", "A", 1, 1)
    assert read.failure == Failure(FailureCode.NO_TEXT, "why", "how")
    assert read.is_outdated("r")


def test_a_text_from_before_parsers_had_versions_is_of_none() -> None:
    assert unpack_parsed(without(pack_parsed(ParsedText("a", parser="7")), "parser")).parser == ""
