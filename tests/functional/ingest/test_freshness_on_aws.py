"""The index equals the bucket on AWS, whatever happens and wherever a function dies.

Random schedules over the true handlers and adapters, with S3, DynamoDB and SQS simulated and the
stand-in for OpenSearch Serverless, in a short form; the long one is `python -m benchmarks schedules
--world aws` (docs/benchmarks.md). One that fails is told with its seed and its steps.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest

from tests.schedules.aws_world import AwsWorld
from tests.schedules.bucket import Seen, text_of
from tests.schedules.cloud import Cloud, cloud
from tests.schedules.interruptions import Killed
from tests.schedules.runner import Schedule
from wellread.adapters import parsing
from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
from wellread.domain.knowledge.documents import DocumentId

STEPS = 40
CALLS = 30
"""Within so many calls of its beginning a function may die."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def aws_cloud() -> Iterator[Cloud]:
    with cloud(seed=0) as made:
        yield made


@pytest.fixture
def aws(aws_cloud: Cloud) -> Iterator[AwsWorld]:
    world = AwsWorld(aws_cloud)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Failures on purpose, each logged with its trace, take longer than the tests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(6))
def test_any_schedule_ends_with_the_index_equal_to_the_bucket(aws: AwsWorld, seed: int) -> None:
    outcome = Schedule(aws, seed, STEPS, calls=CALLS).run()

    assert not outcome.faults, outcome


@pytest.mark.parametrize("seed", range(1000, 1004))
def test_any_schedule_on_aws_that_loses_events_ends_well_after_a_reconcile(
    aws: AwsWorld, seed: int
) -> None:
    outcome = Schedule(aws, seed, STEPS, calls=CALLS, lossy=True).run()

    assert not outcome.faults, outcome


@pytest.mark.parametrize("seed", range(2000, 2002))
def test_any_schedule_with_newer_versions_on_aws_ends_with_all_read_by_the_newest(
    aws: AwsWorld, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(parsing, "PARSER_VERSION", "1")
    outcome = Schedule(aws, seed, STEPS, calls=CALLS, upgrades=True).run()

    assert not outcome.faults, outcome
    assert outcome.counts["upgrade"] == int(parsing.PARSER_VERSION) - 1


def test_schedules_find_a_build_that_is_active_before_the_index_shows_it(
    aws_cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenSearchPassageIndex, "visible", lambda *_: sys.maxsize)

    found = []
    for seed in range(10):
        world = AwsWorld(aws_cloud)
        found += Schedule(world, seed, STEPS, calls=CALLS).run().faults
        world.close()
        if found:
            break
    assert found


def test_a_deleted_object_is_not_shown_though_its_event_is_still_on_its_way(
    aws: AwsWorld,
) -> None:
    aws.put("a.md", text_of(0, 2))
    aws.put("folder/b.md", text_of(1, 1))
    aws.settle()
    assert set(aws.seen()) == {"a.md", "folder/b.md"}

    aws.delete("a.md")
    assert set(aws.seen()) == {"folder/b.md"}
    aws.restore("a.md")
    assert set(aws.seen()) == {"a.md", "folder/b.md"}


def test_readers_on_aws_see_a_whole_version_before_every_call_of_a_writer(aws: AwsWorld) -> None:
    aws.put("a.md", text_of(0, 3))
    aws.settle()
    looks: list[Seen | None] = []
    aws.on_every_call(lambda: looks.append(aws.seen().get("a.md")))
    for number in range(1, 5):
        aws.put("a.md", text_of(number, 1 + number % 4))
        aws.settle()
    aws.on_every_call(None)

    assert len(looks) > 100
    assert [seen for seen in looks if seen is None or seen.fault()] == []
    assert set().union(*(seen.versions for seen in looks if seen)) >= set(range(4))


def test_a_reader_sees_a_whole_version_whenever_a_writer_gets_in_between(aws: AwsWorld) -> None:
    aws.put("a.md", text_of(0, 3))
    aws.settle()
    for number in range(1, 7):
        aws.put("a.md", text_of(number, 1 + number % 4))
        with aws.while_reading(before_call=number, do=aws.settle):
            seen = aws.seen()["a.md"]
        assert seen.fault() is None
        aws.settle()

    assert shown(aws) == {"a.md": 6}


def test_a_new_document_that_becomes_active_amid_a_search_is_seen_whole_or_not_at_all(
    aws: AwsWorld,
) -> None:
    for call in range(1, 7):
        aws.put(f"new-{call}.md", text_of(call, 6))
        aws.announce()
        aws.chunk_next()
        aws.embed_next()
        aws.elapse(60.0)  # what was written so far is in every search now
        with aws.while_reading(before_call=call, do=aws.settle):
            seen = aws.seen().get(f"new-{call}.md")
        assert seen is None or seen.fault() is None
        aws.settle()

    assert shown(aws) == {f"new-{call}.md": call for call in range(1, 7)}


def test_forty_chunks_overwritten_by_three_leave_three_on_aws(aws: AwsWorld) -> None:
    aws.put("a.md", text_of(1, 40))
    aws.settle()
    assert len(aws.seen()["a.md"].marks) == 40
    aws.put("a.md", text_of(2, 3))
    aws.settle()

    (held,) = aws.services.adapters.index.inventory()
    assert held.document == DocumentId("a.md")
    assert sum(held.writes.values()) == 3


def test_a_version_that_expires_or_a_delete_marker_that_goes_changes_what_is_on_top_only(
    aws: AwsWorld,
) -> None:
    aws.put("a.md", text_of(1, 1))
    aws.put("a.md", text_of(2, 2))
    aws.settle()
    aws.expire("a.md", 0)
    aws.settle()
    assert shown(aws) == {"a.md": 2}
    aws.delete("a.md")
    aws.settle()
    assert shown(aws) == {}
    aws.restore("a.md")
    aws.settle()
    assert shown(aws) == {"a.md": 2}
    assert aws.holds() == {"a.md": 2}


def test_a_function_that_dies_before_any_of_its_calls_of_an_overwrite_loses_nothing(
    aws: AwsWorld,
) -> None:
    died = 0
    for number in range(0, 200, 3):
        aws.put("a.md", text_of(number, 3 + number % 4 // 2))
        if not dies_at(aws, number):
            break
        died += 1
        assert shown(aws) == {"a.md": number}

    assert died > 10
    assert aws.unfinished() == []


def test_a_function_that_dies_before_any_of_its_calls_of_a_deletion_loses_nothing(
    aws: AwsWorld,
) -> None:
    died = 0
    for number in range(200):
        aws.put("a.md", text_of(number, 2))
        aws.settle()
        aws.delete("a.md")
        if not dies_at(aws, number):
            break
        died += 1
        assert shown(aws) == {}

    assert died > 5
    assert aws.unfinished() == []


def dies_at(world: AwsWorld, call: int) -> bool:
    """Work off what happened; die before a call, and go on in a new process."""
    world.announce()
    world.switch.countdown = call
    died = False
    try:
        while world.chunk_next() or world.embed_next():
            pass
    except Killed:
        died = True
        world.switch.countdown = None
        world.restart()
    world.switch.countdown = None
    assert faults(world) == {}
    world.settle()
    return died


def faults(world: AwsWorld) -> dict[str, str]:
    found = {document: seen.fault() for document, seen in world.seen().items()}
    return {document: fault for document, fault in found.items() if fault}


def shown(world: AwsWorld) -> dict[str, int]:
    assert faults(world) == {}
    return {document: seen.marks[0][0] for document, seen in sorted(world.seen().items())}
