"""A short random schedule on the deployed stack, from outside: the bucket and the API only.

The long ones, with workers that die and events that are lost, are in tests/schedules.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.driver import Driver, until
from tests.schedules.bucket import KEYS, Seen, some_text

PREFIX = "schedules/"
CHANGES = 24
QUESTION = "What is the mark of this text?"


@pytest.mark.parametrize("seed", [1, 2])
def test_any_schedule_ends_with_what_the_api_shows_equal_to_the_bucket(
    driver: Driver, seed: int
) -> None:
    dice = random.Random(seed)
    s3, bucket = driver.stack.client("s3"), driver.stack.bucket
    texts: dict[str, bytes] = {}
    cited = 0
    for number in range(CHANGES):
        key = PREFIX + dice.choice(KEYS)
        on_top = newest(driver).get(key)
        if on_top is None or dice.random() < 0.6:
            data = some_text(dice, 1000 * seed + number)
            texts[s3.put_object(Bucket=bucket, Key=key, Body=data)["VersionId"]] = data
        elif on_top["IsDeleteMarker"] or dice.random() < 0.3:
            # A delete marker that goes, or a version that goes for good.
            s3.delete_object(Bucket=bucket, Key=key, VersionId=on_top["VersionId"])
        else:
            s3.delete_object(Bucket=bucket, Key=key)
        if number % 3 == 0:
            cited += check_citations(driver.ask(QUESTION), texts)

    def equal() -> bool:
        shown = {
            key: each["revision"]
            for key, each in driver.documents().items()
            if key.startswith(PREFIX) and each["status"] == "indexed"
        }
        held = newest(driver).items()
        return shown == {k: v["VersionId"] for k, v in held if not v["IsDeleteMarker"]}

    until(equal, 120, "the API shows what the bucket holds")
    driver.drained()
    cited += check_citations(driver.ask(QUESTION), texts)
    assert cited > 0
    for key, on_top in newest(driver).items():
        if not on_top["IsDeleteMarker"]:
            driver.delete(key)


def newest(driver: Driver) -> dict[str, dict[str, Any]]:
    """What is on top of every key: its version, or its delete marker."""
    listed = driver.stack.client("s3").list_object_versions(
        Bucket=driver.stack.bucket, Prefix=PREFIX
    )
    return {
        each["Key"]: {"VersionId": each["VersionId"], "IsDeleteMarker": marker}
        for name, marker in (("Versions", False), ("DeleteMarkers", True))
        for each in listed.get(name, [])
        if each["IsLatest"]
    }


def check_citations(reply: Mapping[str, Any], texts: Mapping[str, bytes]) -> int:
    """Whatever is cited of a revision is of that revision's text. Returns how many are."""
    ours = [each for each in reply["citations"] if each["document"].startswith(PREFIX)]
    for citation in ours:
        cited = Seen.of([citation["quote"]]).versions
        written = Seen.of([texts[citation["revision"]].decode()]).versions
        assert cited <= written, citation
    return len(ours)
