"""The steps of a reply, each from one record to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import (
    LEASE_SECONDS,
    ReplyRecord,
    ReplyState,
    claimable,
    claimed,
    done,
    is_still_its,
    merged,
    posted,
    released,
    renewed,
    withdrawn,
)

NOW = 1_800_000_000.0
NEW = ReplyRecord(MessageKey("slack", "T1", "C1", "1.1"))
HELD = claimed(NEW, "w1", NOW)


@pytest.mark.parametrize(
    ("record", "owner", "after", "expected"),
    [
        (NEW, "w1", 0.0, True),
        (HELD, "w1", 0.0, True),
        (HELD, "w2", LEASE_SECONDS - 1, False),
        (HELD, "w2", LEASE_SECONDS, True),
        (posted(HELD, "1.2"), "w2", 0.0, False),
        (released(HELD), "w2", 0.0, True),
        (withdrawn(HELD, NOW), "w2", 0.0, False),
        (done(HELD, NOW), "w1", 2 * LEASE_SECONDS, False),
    ],
)
def test_one_worker_at_a_time_has_a_reply_until_it_is_done(record, owner, after, expected):
    assert claimable(record, owner, NOW + after) is expected


def test_what_can_be_seen_stays_known_from_worker_to_worker():
    seen = released(posted(HELD, "1.2", "1.3"))
    assert (seen.state, seen.references) == (ReplyState.POSTED, ("1.2", "1.3"))

    again = claimed(seen, "w2", NOW)
    assert (again.state, again.references) == (ReplyState.POSTED, ("1.2", "1.3"))


def test_something_unknown_may_be_there_once_a_second_worker_has_it():
    assert not HELD.may_be_there
    assert claimed(released(HELD), "w2", NOW).may_be_there
    assert claimed(released(posted(HELD, "1.2")), "w2", NOW).may_be_there
    assert not done(claimed(released(HELD), "w2", NOW), NOW).may_be_there
    assert not claimed(withdrawn(NEW, NOW), "w1", NOW).may_be_there


def test_only_what_a_worker_still_has_is_renewed():
    later = NOW + 100.0
    assert renewed(posted(HELD, "1.2"), later).lease_until == later + LEASE_SECONDS
    for record in (NEW, released(HELD), done(HELD, NOW)):
        assert renewed(record, later) == record


def test_a_record_is_its_workers_until_another_takes_it_up_or_it_is_done():
    assert is_still_its(HELD, withdrawn(HELD, NOW))
    assert is_still_its(posted(HELD, "1.2"), released(HELD))
    assert not is_still_its(HELD, claimed(HELD, "w2", NOW))
    assert not is_still_its(HELD, claimed(HELD, "w1", NOW))
    assert not is_still_its(posted(HELD, "1.2"), done(HELD, NOW))
    assert is_still_its(done(HELD, NOW), done(HELD, NOW))
    assert not is_still_its(HELD, NEW)


def test_what_was_stored_meanwhile_is_kept_under_what_a_worker_says():
    stored = replace(withdrawn(posted(HELD, "1.2", "1.3"), NOW), generation=7)

    for said in (HELD, released(HELD), posted(HELD, "1.2")):
        over = merged(said, stored)
        assert (over.state, over.withdrawn, over.generation) == (ReplyState.POSTED, True, 7)
        assert over.references == ("1.2", "1.3")
        assert over.lease_until == said.lease_until
    assert merged(done(posted(HELD, "1.4"), NOW), stored).references == ("1.4", "1.2", "1.3")
    assert merged(done(HELD, NOW), stored).state is ReplyState.DONE
