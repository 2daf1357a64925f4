from __future__ import annotations

import re

from wellread.bootstrap.places import LAPTOP, STACK
from wellread.domain.knowledge.errors import FAILURE_WORDS, DocumentError, FailureCode
from wellread.settings import Settings


def test_on_a_laptop_what_may_be_raised_are_settings() -> None:
    raised = re.findall(r"WELLREAD_(\w+)", " ".join(LAPTOP.fixes.values()))

    assert raised == ["MAX_DOCUMENT_BYTES", "PARSE_SECONDS"]
    assert {name.lower() for name in raised} <= Settings.model_fields.keys()


def test_nothing_outside_of_a_laptop_tells_of_the_environment() -> None:
    told = [STACK.documents, *STACK.fixes.values(), *(fix for _, fix in FAILURE_WORDS.values())]

    assert "WELLREAD_" not in " ".join(told)


def test_a_fix_that_an_error_brings_along_stays_as_it_is() -> None:
    plain = DocumentError(FailureCode.TOO_LARGE)
    known = DocumentError(FailureCode.TOO_LARGE, "Its record is full.", "Shorten its name.")

    assert str(LAPTOP.told(plain)).endswith("or raise WELLREAD_MAX_DOCUMENT_BYTES.")
    assert LAPTOP.told(known) is known
    assert STACK.told(plain) is plain
