"""What is kept of conversations, in every ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wellread.adapters.chat.references import LedgerReferences
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.references import (
    NOTED_AGAIN_SECONDS,
    PERSONAL,
    REFERENCE_KEPT_SECONDS,
    ConversationReference,
)
from wellread.domain.chat.replies import ReplyRecord
from wellread.ports.chat import ReplyLedger

EMEA, AMER = "https://smba.example/emea/", "https://smba.example/amer/"


@pytest.fixture
def references(ledger, clock):
    return LedgerReferences(ledger, clock)


@pytest.fixture
def own(clock) -> ConversationReference:
    return ConversationReference(
        "teams",
        "a tenant",
        "a:ann",
        EMEA,
        kind=PERSONAL,
        bot="28:bot",
        person="ann",
        account="29:ann",
        name="Ann 😀 \0",
        at=clock(),
    )


@pytest.fixture
def lab(own) -> ConversationReference:
    return replace(own, conversation="19:lab", kind="channel", group="19:team")


class Counted:
    """A ledger whose writes are counted."""

    def __init__(self, inner: ReplyLedger) -> None:
        self.inner = inner
        self.puts = 0

    def get(self, key: MessageKey) -> ReplyRecord | None:
        return self.inner.get(key)

    def put(self, record: ReplyRecord) -> ReplyRecord:
        self.puts += 1
        return self.inner.put(record)


def of(references, kept: ConversationReference, conversation: str = ""):
    return references.of_conversation(kept.platform, kept.team, conversation or kept.conversation)


def test_nothing_is_known_of_what_was_never_heard_of(references, own):
    assert of(references, own) is None
    assert references.of_person("teams", "a tenant", "ann") is None


def test_a_conversation_of_ones_own_is_found_by_itself_and_by_its_person(references, own):
    references.keep(own)

    assert of(references, own) == own
    assert references.of_person("teams", "a tenant", "ann") == own


def test_of_a_place_it_is_not_kept_who_spoke(references, lab):
    references.keep(lab)

    assert of(references, lab) == replace(lab, person="", account="", name="")
    assert references.of_person("teams", "a tenant", "ann") is None


def test_a_place_that_was_not_heard_of_is_where_its_team_is(references, own):
    references.keep(own)

    found = of(references, own, "19:approvals")
    assert (found.conversation, found.address, found.bot) == ("19:approvals", EMEA, "28:bot")
    assert (found.kind, found.person, found.account, found.group) == ("", "", "", "")
    assert references.of_conversation("teams", "another tenant", "19:approvals") is None
    assert references.of_conversation("slack", "a tenant", "19:approvals") is None


def test_where_no_team_is_named_it_is_that_of_the_settings_document(ledger, clock, references, own):
    references.keep(own)
    at_home = LedgerReferences(ledger, clock, "a tenant")

    assert at_home.of_conversation("teams", "", own.conversation) == own
    assert at_home.of_person("teams", "", "ann") == own
    assert references.of_conversation("teams", "", own.conversation) is None


def test_what_changes_is_kept_at_once_also_by_another_process(ledger, clock, references, own):
    references.keep(own)
    moved = replace(own, address=AMER)
    LedgerReferences(ledger, clock).keep(moved)
    assert of(references, own) == moved

    references.keep(replace(own, name="Anna"))
    assert of(references, own).name == "Anna"


def test_what_is_heard_again_and_again_is_written_once_a_day(ledger, clock, own, lab):
    counted = Counted(ledger)
    references = LedgerReferences(counted, clock)
    for _ in range(10):
        references.keep(replace(own, at=clock()))
        references.keep(replace(lab, person="ben", at=clock()))
        clock.now += 60.0
    assert counted.puts == 4

    clock.now += NOTED_AGAIN_SECONDS
    references.keep(replace(own, at=clock()))
    assert counted.puts == 7


def test_it_is_forgotten_long_after_it_was_last_heard_of(references, clock, own):
    references.keep(own)
    clock.now += REFERENCE_KEPT_SECONDS - 1.0
    assert of(references, own) == own
    later = replace(own, at=clock())
    references.keep(later)
    clock.now += 2.0
    assert of(references, own) == later

    clock.now += REFERENCE_KEPT_SECONDS
    assert of(references, own) is None
    assert references.of_person("teams", "a tenant", "ann") is None
    assert of(references, own, "19:approvals") is None
    references.keep(own)
    assert of(references, own) == own
