from __future__ import annotations

from typing import Any

from tests.tuning import manifest
from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.tune.dataset_faults import faults_of


def row(document: str, *sources: str) -> dict[str, Any]:
    return {"document": document, "sources": dict.fromkeys((document, *sources), "r1")}


def readable(document: str, audience: str) -> bool:
    return not document.startswith("board/") or audience == "board"


def faults(*rows: dict[str, Any], asked: frozenset[str] = frozenset(), **values: Any) -> list[str]:
    return faults_of(
        manifest(**values),
        rows,
        asked_about=asked,
        readable=readable,
        prompt_version=PROMPT_VERSION,
    )


def test_a_dataset_of_what_all_may_read_has_no_faults() -> None:
    assert faults(row("rules.md", "rooms.md")) == []


def test_a_restricted_document_among_the_sources_is_found_though_the_manifest_hides_it() -> None:
    [fault] = faults(row("rules.md", "board/pay.md"))
    assert "'everyone' may not read ('board/pay.md')" in fault


def test_the_board_may_be_asked_what_the_board_may_read() -> None:
    assert faults(row("board/pay.md"), audiences=frozenset({"board"})) == []


def test_a_document_that_the_questions_are_about_is_found() -> None:
    [fault] = faults(row("rules.md"), asked=frozenset({"rules.md"}))
    assert "prove nothing" in fault


def test_a_held_out_document_in_a_row_is_found() -> None:
    [fault] = faults(row("loans.md"))
    assert "'loans.md'" in fault


def test_prompts_of_another_version_are_found() -> None:
    [fault] = faults(row("rules.md"), prompt_version="an-older-one")
    assert "another version" in fault


def test_a_dataset_for_nobody_is_found() -> None:
    [fault] = faults(row("rules.md"), audiences=frozenset())
    assert "nobody" in fault
