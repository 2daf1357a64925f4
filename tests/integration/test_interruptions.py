"""Killed workers, a stopped emulator, a random schedule, readers all the while: nothing is lost."""

from __future__ import annotations

import random
import threading
from contextlib import suppress

import psutil

from tests.integration.driver import Driver, page, until

SEED = 20_261
REDELIVERY_SECONDS = 25
"""Longer than chunk may take here: it starts, and waits for parse to start, on a busy machine. A
message that came back while it is worked on would be two, as it never is on AWS."""


def _ingesting_workers(driver: Driver) -> list[psutil.Process]:
    """The worker processes of chunk, parse and embed."""
    emulator = driver.stack.emulator.pid
    assert emulator is not None
    found = []
    for child in psutil.Process(emulator).children():
        with suppress(psutil.NoSuchProcess):
            folder = child.cwd()
            if any(f"{name}Function" in folder for name in ("Chunk", "Parse", "Embed")):
                found.append(child)
    return found


def test_workers_killed_in_mid_run_lose_nothing(driver: Driver) -> None:
    chance, killed = random.Random(SEED), 0
    keys: list[str] = []
    with driver.redelivery_after(REDELIVERY_SECONDS):
        for _ in range(8):
            fresh = [f"killed/{len(keys) + number}.md" for number in range(4)]
            for key in fresh:
                driver.put(key, page("Alder", len(keys)))
                keys.append(key)
            # Not faster than the work goes on: a message's fifth death is its last.
            until(lambda fresh=fresh: set(fresh) & driver.documents().keys(), 90, "work under way")
            workers = _ingesting_workers(driver)
            if workers:
                chance.choice(workers).kill()
                killed += 1
        assert killed >= 6
        driver.ended(keys, 180, status="indexed")
        driver.drained()
    driver.answered("With which code does locker Alder7 open?", "1259")


def test_the_emulator_stopped_and_started_again_loses_nothing(driver: Driver) -> None:
    keys = [f"outage/{number}.md" for number in range(12)]
    with driver.redelivery_after(REDELIVERY_SECONDS):
        for number, key in enumerate(keys):
            driver.put(key, page("Birch", number))
        until(lambda: any(key in driver.documents() for key in keys), 60, "a document under way")
        driver.stack.restart_emulator()
        driver.ended(keys, 240, status="indexed")
        driver.drained()
    driver.answered("With which code does locker Birch5 open?", "1185")


def test_a_random_schedule_ends_with_what_the_bucket_holds(driver: Driver) -> None:
    chance = random.Random(SEED)
    keys = [f"schedule/{name}.md" for name in ("ash", "elm", "fir", "oak")]
    current: dict[str, int | None] = dict.fromkeys(keys)
    markers: dict[str, tuple[str, int]] = {}
    with driver.redelivery_after(REDELIVERY_SECONDS):
        for step in range(40):
            key = chance.choice(keys)
            name = key.removeprefix("schedule/").removesuffix(".md")
            if key in markers and chance.random() < 0.5:
                marker, number = markers.pop(key)
                driver.delete_version(key, marker)
                current[key] = number
            elif current[key] is not None and chance.random() < 0.35:
                markers[key] = (driver.delete(key), current[key] or 0)
                current[key] = None
            else:
                driver.put(key, f"# The {name}\n\nThe {name} was planted in year {step + 1500}.\n")
                current[key] = step
                markers.pop(key, None)
        there = [key for key in keys if current[key] is not None]

        def agrees() -> bool:
            listed = driver.documents()
            return {key for key in keys if key in listed} == set(there) and all(
                listed[key]["status"] == "indexed" for key in there
            )

        until(agrees, 120, f"{len(there)} of {len(keys)} documents, seed {SEED}")
        driver.drained()
    for key in keys:
        name = key.removeprefix("schedule/").removesuffix(".md")
        question = f"When was the {name} planted?"
        if current[key] is None:
            reply = driver.declined(question, 30)
            assert key not in str(reply["citations"])
        else:
            driver.answered(question, str((current[key] or 0) + 1500), 30)


def test_readers_during_overwrites_see_one_whole_revision_each_time(driver: Driver) -> None:
    question = "What does the pressure gauge read?"

    def written(number: int) -> str:
        return driver.put("gauge.md", f"# Gauge\n\nThe pressure gauge reads {number} bar.\n")

    revisions = {written(100): 100}
    driver.answered(question, "100 bar")
    seen: list[tuple[str, str]] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            reply = driver.ask(question)
            cited = [one for one in reply["citations"] if one["document"] == "gauge.md"]
            seen.append((cited[0]["revision"], cited[0]["quote"]) if cited else ("", ""))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(101, 113):
            revisions[written(number)] = number
            driver.answered(question, f"{number} bar")
    finally:
        over.set()
        reader.join()
    assert ("", "") not in seen, "at no moment was there nothing to find"
    assert all(f"{revisions[revision]} bar" in quote for revision, quote in seen)
    assert len({revision for revision, _ in seen}) > 5
