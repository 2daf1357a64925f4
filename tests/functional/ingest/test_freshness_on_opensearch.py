"""The index equals the bucket with a real OpenSearch behind the stand-in for OpenSearch Serverless.

A few of the schedules of test_freshness_on_aws.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from tests import opensearch
from tests.schedules.aws_world import AwsWorld
from tests.schedules.cloud import Cloud, cloud
from tests.schedules.runner import Schedule

real_opensearch = opensearch.real_opensearch

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def real_cloud(real_opensearch: Callable[[], str]) -> Iterator[Cloud]:
    with cloud(seed=0, forward=real_opensearch()) as made:
        yield made


@pytest.mark.parametrize("seed", range(6))
def test_any_schedule_on_a_real_server_ends_with_the_index_equal_to_the_bucket(
    real_cloud: Cloud, seed: int
) -> None:
    world = AwsWorld(real_cloud)
    logging.disable(logging.CRITICAL)
    try:
        outcome = Schedule(world, seed, steps=30, lossy=seed % 3 == 2, calls=30).run()
    finally:
        logging.disable(logging.NOTSET)
        world.close()

    assert not outcome.faults, outcome
