"""What a hostile file is: made at any size, so that twice the size can be compared with once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Attack(NamedTuple):
    """A way to make a file that is slow to read.

    Attributes:
        name: The file's.
        size: How often `make` repeats what it repeats, where reading takes some hundredths of a
            second: less is measured badly, more takes long.
        make: The file's content, by how often something is repeated in it.
    """

    name: str
    size: int
    make: Callable[[int], bytes]


def text(name: str, size: int, make: Callable[[int], str]) -> Attack:
    """An attack by a text."""
    return Attack(name, size, lambda n: make(n).encode())
