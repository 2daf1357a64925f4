"""How long drops and deletions take to show."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from tests.doubles import SetClock
from tests.simulated_aws import refused
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local import freshness as command
from wellread.local.freshness import Delays, Probe, Said, measure


class Slow:
    """Answers with a document some seconds after it was put, and some after it was deleted."""

    def __init__(self, time, shows_after, hides_after, deaf_until=0.0):
        self.time, self.shows_after, self.hides_after = time, shows_after, hides_after
        self.deaf_until = deaf_until
        self.put_at, self.deleted_at, self.content = {}, {}, {}

    def put(self, key, content):
        self.put_at[key] = self.time.now
        self.content[key] = content.decode()

    def delete(self, key):
        self.deleted_at[key] = self.time.now

    def is_indexed(self, key):
        return key in self.put_at and key not in self.deleted_at

    def ask(self, question):
        if self.time.now < self.deaf_until:
            return None
        name = re.search(r"Q[0-9a-f]{8}", question)[0]
        for key, content in self.content.items():
            shown = self.time.now >= self.put_at[key] + self.shows_after
            hidden = self.time.now >= self.deleted_at.get(key, 1e12) + self.hides_after
            if name in content and shown and not hidden:
                return Said(content, frozenset({key}))
        return Said("The documents do not say.", frozenset())


def measured(place, time, probes=3, *, together=False, wait=60.0):
    return measure(
        place, probes, together=together, wait_seconds=wait, clock=time, sleep=time.sleep
    )


@pytest.mark.parametrize("together", [False, True])
def test_drops_and_deletions_are_timed_until_they_show(together):
    time = SetClock(100.0)
    put, deleted = measured(Slow(time, 2.0, 0.5), time, together=together)

    assert put.seconds == pytest.approx((2.0, 2.0, 2.0), abs=0.11)
    assert deleted.seconds == pytest.approx((0.5, 0.5, 0.5), abs=0.11)
    assert (put.missed, deleted.missed) == (0, 0)


def test_what_never_shows_is_missed_and_deleted_all_the_same():
    time = SetClock(100.0)
    place = Slow(time, 1e9, 0.0)
    put, deleted = measured(place, time, probes=2, wait=5.0)

    assert (put.seconds, put.missed) == ((), 2)
    assert deleted.missed == 0
    assert place.deleted_at.keys() == place.put_at.keys()


def test_an_api_that_asks_for_patience_is_asked_again():
    time = SetClock(100.0)
    put, _ = measured(Slow(time, 0.0, 0.0, deaf_until=103.0), time, probes=1)

    assert put.seconds == pytest.approx((3.0,), abs=0.11)


def test_nobody_is_asked_before_the_document_is_there():
    time = SetClock(100.0)
    place = Slow(time, 0.0, 0.0)
    place.is_indexed = lambda key: time.now >= 105.0 and key not in place.deleted_at
    asked = []
    place.ask = lambda question, ask=place.ask: asked.append(time.now) or ask(question)
    measured(place, time, probes=1)

    assert asked[0] >= 105.0
    assert len(asked) == 2


def test_another_document_with_the_same_word_is_no_answer():
    probe = Probe.new()

    assert not probe.answered_by(Said(f"It is {probe.word}.", frozenset({"other.md"})))
    assert probe.answered_by(Said(f"It is {probe.word}.", frozenset({probe.key})))


def test_percentiles_are_of_the_nearest_rank():
    delays = Delays(tuple(float(n) for n in range(1, 21)), 0)

    assert (delays.percentile(0.5), delays.percentile(0.95)) == (10.0, 19.0)
    assert Delays((), 1).percentile(0.5) is None


def test_a_bucket_that_may_not_be_written_is_said_so(monkeypatch):
    class Bucket:
        def put_object(self, **_):
            raise refused("AccessDenied", 403)

        delete_object = put_object

    monkeypatch.setattr(command, "deployed_client", lambda _: Bucket())
    options = ["--bucket=docs", "--api=https://api.example.com", "--authorization=Bearer t"]
    ended = CliRunner().invoke(command.freshness, options)

    assert isinstance(ended.exception, InvalidConfigurationError)
    assert "'docs'" in str(ended.exception)
