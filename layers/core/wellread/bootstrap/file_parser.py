"""What reads files, wherever that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.parsing.confined.sandbox import SandboxedParser


def file_parser(settings: Settings, *, processes: int = 2) -> SandboxedParser:
    """A parser within the limits that the settings set.

    Args:
        settings: What a file may cost, and whether it must be confined.
        processes: How many files are read at the same time.
    """
    from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
    from wellread.adapters.parsing.confined.sandbox import SandboxedParser

    limits = ParseLimits(
        max_bytes=settings.max_document_bytes,
        wall_seconds=settings.parse_seconds,
        memory_bytes=settings.parse_memory_mb * MIB,
        processes=processes,
    )
    return SandboxedParser(limits, require_confinement=settings.parser_confinement == "require")
