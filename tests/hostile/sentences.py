"""Hostile passages, which are read when they are found, not when their file is."""

from __future__ import annotations

from tests.hostile.attack import Attack, text

ATTACKS: dict[str, Attack] = {
    "sentences: full stops": text("passage", 100_000, lambda n: "." * n + "a"),
    "sentences: stops that end nothing": text("passage", 10_000, lambda n: "e.g. a " * n),
    "sentences: days of a month": text("passage", 4_000, lambda n: "x " + "1. Jan " * n),
    "sentences: sentences": text("passage", 1_000, lambda n: "Say it. " * n),
    "sentences: one word": text("passage", 40_000, lambda n: "a" * n + ". B"),
    "sentences: spaces": text("passage", 100_000, lambda n: "a" + " " * n + "b"),
    "sentences: spaces before a rule": text("passage", 40_000, lambda n: " " * n + "x"),
    "sentences: rules": text("passage", 10_000, lambda n: "| a |\n" + "|---" * n + "x"),
    "sentences: bars": text("passage", 100_000, lambda n: "|" * n + "x"),
    "sentences: items": text("passage", 700, lambda n: "- a\n" * n),
    "sentences: indented items": text("passage", 700, lambda n: ("  " * 30 + "- a:\n") * n),
    "sentences: fences": text("passage", 4_000, lambda n: "```\n" * n),
    "sentences: wrapped lines": text("passage", 1_000, lambda n: ("word " * 12 + "\n\n") * n),
    "sentences: short lines": text("passage", 2_000, lambda n: "Word\n" * n),
}
