"""Many documents at once."""

from __future__ import annotations

import pytest

from tests.integration.driver import Driver, page


@pytest.mark.slow
def test_two_hundred_documents_at_once_all_come_to_an_end(driver: Driver) -> None:
    keys = [f"many/{number}.md" for number in range(200)]
    for number, key in enumerate(keys):
        # Every twentieth is empty, which is a failure with its reason.
        driver.put(key, "" if number % 20 == 19 else page("Cedar", number))
    records = driver.ended(keys, 600)
    failed = [key for key, one in records.items() if one["status"] == "failed"]
    assert sorted(failed) == sorted(keys[19::20])
    assert {records[key]["code"] for key in failed} == {"empty"}
    driver.drained(300)
    driver.answered("With which code does locker Cedar150 open?", "6550")
