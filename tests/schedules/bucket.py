"""What a versioned bucket must hold after whatever was done to it, and what its texts say.

Every section of a text carries a mark: its version, how many sections that version has, and its own
number. So whoever reads passages can tell which version each is of, and whether all are there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

KEYS = ("a.md", "folder/b.md", "folder/a b+ü.md")
QUESTION = "mark version text"

_MARK = re.compile(r"version(\d+)of(\d+)part(\d+)x")
_FILLER = "Filler words here. " * 30


def text_of(number: int, sections: int) -> bytes:
    """A version's text: so many sections, each with its mark, each a chunk of its own."""
    return "".join(
        f"# Part {part}\n\nThe mark of this text is version{number}of{sections}part{part}x. "
        f"{_FILLER}\n\n"
        for part in range(sections)
    ).encode()


def number_of(data: bytes) -> int:
    """Which version a text is of."""
    found = _MARK.search(data.decode())
    if found is None:
        raise ValueError("this is no text of ours")
    return int(found[1])


@dataclass(slots=True)
class Seen:
    """What a search shows of one document."""

    marks: list[tuple[int, int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Seen:
        """What these passages say."""
        return cls([tuple(map(int, mark)) for text in texts for mark in _MARK.findall(text)])

    @property
    def versions(self) -> set[int]:
        """The versions that the passages are of."""
        return {version for version, _, _ in self.marks}

    def fault(self) -> str | None:
        """Why this is not exactly one whole version; None where it is."""
        if len(self.versions) != 1:
            return f"mixed: versions {sorted(self.versions)}"
        sections = self.marks[0][1]
        parts = sorted(part for _, _, part in self.marks)
        if parts != list(range(sections)):
            return f"version {self.marks[0][0]} has parts {parts} of {sections}"
        return None


@dataclass(slots=True)
class Version:
    """One entry of an object's history; `data` is None for a delete marker.

    Attributes:
        id: What the bucket calls it, where the bucket keeps versions itself.
    """

    data: bytes | None
    id: str = ""


@dataclass(slots=True)
class Bucket:
    """The model: each key's versions, oldest first; the last one is what the bucket holds."""

    histories: dict[str, list[Version]] = field(default_factory=dict)

    def history(self, key: str) -> list[Version]:
        """A key's versions."""
        return self.histories.setdefault(key, [])

    def data(self, key: str) -> bytes | None:
        """What is under a key now."""
        history = self.history(key)
        return history[-1].data if history else None

    def held(self) -> dict[str, int]:
        """For each key that holds something, the version of its text."""
        return {
            key: number_of(data)
            for key in sorted(self.histories)
            if (data := self.data(key)) is not None
        }


def some_text(dice: random.Random, number: int) -> bytes:
    """A version's text of a random length."""
    return text_of(number, dice.randint(1, 4))
