"""What a file may cost its reader."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wellread.domain.ingest.parse_outcome import LONGEST_TEXT
from wellread.domain.knowledge.errors import DocumentError, FailureCode

MIB = 2**20

_LEAST_CPU_SECONDS = 10.0
_CPU_SECONDS_A_MIB = 1.5
_FEW_CHARACTERS = 1_000_000
_MOST_A_BYTE = 50
"""A cell or a page may be named over and over: more is what a few bytes say again and again."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Limits on reading one file.

    Attributes:
        max_bytes: Larger files are refused unread.
        memory_bytes: Resident memory of the parsing process, its libraries included.
        wall_seconds: Time of one file on the clock.
        cpu_seconds: CPU time of one file, where the system can limit that; None for what
            `cpu_budget` allows a file of its size.
        max_characters: More text than this is refused.
        unpacked_bytes: What the members of a zip-based format may unpack to, together.
        processes: How many files are read at the same time.
    """

    max_bytes: int = 100 * MIB
    memory_bytes: int = 512 * MIB
    wall_seconds: float = 90.0
    cpu_seconds: float | None = None
    max_characters: int = LONGEST_TEXT
    unpacked_bytes: int = 200 * MIB
    processes: int = 2

    def cpu_budget(self, size: int) -> float:
        """CPU seconds that reading a file of so many bytes may take.

        Every front reads in time linear in a file's length, and most files in a hundredth of
        this, so that a small file that takes long is hostile: it is given up after ten seconds,
        one of 5 MB after 18, however long a slow machine takes for these seconds. Never more than
        two thirds of `wall_seconds`, so that a busy machine gets the blame last.
        """
        if self.cpu_seconds is not None:
            return self.cpu_seconds
        by_size = _LEAST_CPU_SECONDS + _CPU_SECONDS_A_MIB * size / MIB
        return min(by_size, self.wall_seconds * 2 / 3)

    def of_size(self, unpacked: int) -> ParseLimits:
        """These limits, with no more text than a file of so many bytes, unpacked, may grow to."""
        most = max(_FEW_CHARACTERS, unpacked * _MOST_A_BYTE)
        return replace(self, max_characters=min(self.max_characters, most))

    def check_characters(self, count: int) -> None:
        """Refuse more text than `max_characters`.

        Raises:
            DocumentError: `too_complex`.
        """
        if count > self.max_characters:
            raise DocumentError(
                FailureCode.TOO_COMPLEX,
                "The file holds more text than wellread reads from one file.",
                "Split it into smaller files.",
            )
