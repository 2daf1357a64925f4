"""Questions in a Slack workspace where everything goes wrong: how many replies does each get?"""

from __future__ import annotations

import logging
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.options import Options, Table
from tests.functional.chat.chaos import Result, office_in, run, trials

_TOLD_SECONDS = 30.0


def run_chaos(options: Options) -> list[Table]:
    """As many questions as `--schedules` says, each with deaths of its own and other trouble.

    Raises:
        RuntimeError: A question got no reply, two, or one that never ends; with its trial.
    """
    # Thousands of failures on purpose.
    logging.disable(logging.CRITICAL)
    told, by_step = time.monotonic(), defaultdict[str, list[Result]](list)
    try:
        with tempfile.TemporaryDirectory() as folder, office_in(Path(folder) / "data") as office:
            asked = trials(office, options.seed, options.schedules)
            for number, trial in enumerate(asked, start=1):
                result = run(office, trial)
                by_step[str(trial.deaths[0][0])].append(result)
                if not result.holds:
                    raise RuntimeError(f"A question went wrong, seed {options.seed}.\n{result}")
                if time.monotonic() - told > _TOLD_SECONDS:
                    told = time.monotonic()
                    print(f"{number} questions", flush=True)
    finally:
        logging.disable(logging.NOTSET)
    table = Table(
        "One reply to every question in Slack",
        ("a process dies first", "questions", "deaths", "replies", "answers", "lost", "doubled"),
        note=f"Seed {options.seed}. Not every question meets its step: other trouble may come "
        "first. A reply that is no answer is a decline or an apology, where trouble lasts.",
    )
    everything = [result for results in by_step.values() for result in results]
    for step, results in (*sorted(by_step.items()), ("all", everything)):
        counts = Counter(result.replies for result in results)
        table.rows.append(
            [
                *(step, len(results), sum(result.killed for result in results)),
                *(sum(result.replies for result in results),),
                *(sum(result.cited for result in results), counts[0]),
                sum(met for replies, met in counts.items() if replies > 1),
            ]
        )
    return [table]
