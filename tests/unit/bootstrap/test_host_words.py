from __future__ import annotations

import re

from wellread.bootstrap.aws import AwsAdapters
from wellread.bootstrap.host_words import LAPTOP, STACK
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import FAILURE_WORDS, DocumentError, FailureCode
from wellread.settings import Settings


def test_on_a_laptop_what_may_be_raised_are_settings() -> None:
    raised = re.findall(r"WELLREAD_(\w+)", " ".join(LAPTOP.fixes.values()))

    assert raised == ["MAX_DOCUMENT_BYTES", "PARSE_SECONDS"]
    assert {name.lower() for name in raised} <= Settings.model_fields.keys()


def test_nothing_outside_of_a_laptop_tells_of_the_environment() -> None:
    fixes = [*STACK.fixes.values(), *(fix for _, fix in FAILURE_WORDS.values())]
    told = [STACK.documents, STACK.no_documents, STACK.no_model, *fixes]

    assert "WELLREAD_" not in " ".join(told)


def test_a_fix_that_an_error_brings_along_stays_as_it_is() -> None:
    plain = DocumentError(FailureCode.TOO_LARGE)
    known = DocumentError(FailureCode.TOO_LARGE, "Its record is full.", "Shorten its name.")

    assert str(LAPTOP.told(plain)).endswith("or raise WELLREAD_MAX_DOCUMENT_BYTES.")
    assert LAPTOP.told(known) is known
    assert STACK.told(plain) is plain


def test_a_command_is_told_with_the_stack_that_it_is_for() -> None:
    document = DocumentId("hr/leave plan.pdf")
    named = AwsAdapters(Settings(backend="aws", stack="wellread"))

    assert LAPTOP.retry(document) == "wellread documents retry 'hr/leave plan.pdf'"
    assert named.words.retry(document) == f"{LAPTOP.retry(document)} --stack wellread"
    assert AwsAdapters(Settings(backend="aws")).words.retry(document) == LAPTOP.retry(document)
