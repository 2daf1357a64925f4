"""Replies of chats come back as they were."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord, ReplyState
from wellread.wire.stored_replies import pack_reply, unpack_reply

TEXT = st.text(st.characters(exclude_categories=()))
TIME = st.floats(0, 4e9)
RECORDS = st.builds(
    ReplyRecord,
    key=st.builds(MessageKey, TEXT, TEXT, TEXT, TEXT),
    state=st.sampled_from(ReplyState),
    owner=TEXT,
    lease_until=TIME,
    claims=st.integers(0, 99),
    references=st.lists(TEXT).map(tuple),
    withdrawn=st.booleans(),
    thread=TEXT,
    turn=st.integers(0, 99),
    note=TEXT,
    generation=st.integers(0, 99),
    expires_at=TIME,
)


@given(record=RECORDS)
def test_a_record_comes_back_as_it_was(record: ReplyRecord) -> None:
    assert unpack_reply(pack_reply(record), record.generation) == record


def test_a_record_of_a_version_that_kept_less_can_be_read() -> None:
    key = MessageKey("slack", "T1", "C1", "1.1")
    kept = pack_reply(replace(ReplyRecord(key), owner="w1")).replace(b'"claims":0,', b"")

    assert b"claims" not in kept
    assert unpack_reply(kept, 3) == ReplyRecord(key, owner="w1", generation=3)
