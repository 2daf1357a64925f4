"""How much longer twice the input takes: asked for on standard input, one attack a line.

Run in a process of its own, so that an attack that does not end can be ended.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable

from tests.hostile import containers, office, pages, pdfs, sentences, texts
from tests.hostile.attack import Attack
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.errors import DocumentError
from wellread.domain.text.sentences import split_sentences

FILES = {
    **texts.ATTACKS, **pages.ATTACKS, **office.ATTACKS, **containers.ATTACKS, **pdfs.ATTACKS,
}  # fmt: skip
PASSAGES = sentences.ATTACKS
MOST = 2.6
_LEAST_SECONDS = 0.01
"""What takes less is measured as that."""

_TRIES = 10


def _read(name: str, data: bytes) -> None:
    try:
        parsed = parse_document(name, data, ParseLimits())
    except (DocumentError, RecursionError):
        return
    chunk(parsed, name)


def _split(_: str, data: bytes) -> None:
    split_sentences(data.decode())


def _seconds(read: Callable[[str, bytes], None], name: str, data: bytes) -> float:
    before = time.process_time()
    read(name, data)
    return time.process_time() - before


def growth(attack: Attack, read: Callable[[str, bytes], None]) -> tuple[float, float]:
    """CPU seconds of an attack, and how many times that twice the attack takes.

    Another program can only make it slower: the best of several tries counts.
    """
    once, twice = attack.make(attack.size), attack.make(attack.size * 2)
    # Where the file grows by more than twice, its time may too.
    length = max(len(twice) / len(once) / 2, 1.0)
    small = large = float("inf")
    for _ in range(_TRIES):
        small = min(small, _seconds(read, attack.name, once))
        large = min(large, _seconds(read, attack.name, twice))
        if large <= MOST * length * max(small, _LEAST_SECONDS):
            break
    return small, large / length / max(small, _LEAST_SECONDS)


def main() -> None:
    """Measure each attack that is named."""
    gc.set_threshold(50_000, 20, 100)
    for line in sys.stdin:
        key = line.rstrip("\n")
        attack, read = (FILES[key], _read) if key in FILES else (PASSAGES[key], _split)
        _seconds(read, attack.name, attack.make(max(attack.size // 100, 1)))  # imports
        print(json.dumps(growth(attack, read)), flush=True)


if __name__ == "__main__":
    main()
