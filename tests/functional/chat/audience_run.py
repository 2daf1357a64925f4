"""Companies in Slack and in Teams where things happen, and what is told to whom: a longer run.

    python -m tests.functional.chat.audience_run [COMPANIES] [HAPPENINGS]

It prints for each surface how many things were shown, what of it was restricted, and how many
leaked, and fails where any did.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.chat_people import Directory
from tests.functional.chat.teams_directory import TeamsDirectory
from tests.functional.chat.test_audience import live
from tests.teams.tenant import running_tenant

_FIRST_SEED = 1000


def run(name: str, kind: Callable[[], Directory], companies: int, happenings: int) -> int:
    """Live in so many companies of one surface; how many of them leaked."""
    tally, leaks, begun = Counter[str](), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(_FIRST_SEED, _FIRST_SEED + companies):
            try:
                tally += live(Path(folder), [seed], happenings, kind)
            except AssertionError as error:
                leaks += 1
                print(f"{name}: {error}", file=sys.stderr)
    shown, told, restricted = (
        sum(count for what, count in tally.items() if what.startswith(words))
        for words in ("shown by ", "told by ", "restricted told by ")
    )
    print(
        f"{name}: {companies} companies x {happenings} happenings: {shown:,} things shown, "
        f"{told:,} facts told, {restricted:,} of them restricted, {leaks} leaks "
        f"({time.monotonic() - begun:.0f} s)",
        flush=True,
    )
    return leaks


def main(companies: int = 30, happenings: int = 300) -> int:
    """Both surfaces; how many companies leaked."""
    logging.disable(logging.CRITICAL)
    leaks = run("Slack", Directory, companies, happenings)
    with running_tenant() as tenant:
        leaks += run("Teams", lambda: TeamsDirectory(tenant=tenant), companies, happenings)
    print(f"audience property test on both surfaces: {leaks} leaks")
    return leaks


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
