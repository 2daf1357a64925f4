"""AWS simulated in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulated_aws import SimulatedAws, simulated_aws


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account
