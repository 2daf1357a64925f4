"""Word, PowerPoint and Excel files of 2007 and later: which reader a file gets."""

from __future__ import annotations

import zipfile

from wellread.adapters.parsing import archives
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.office.office_cost import check_cost
from wellread.adapters.parsing.office.ooxml import Package, UnusualMarkupError
from wellread.domain.knowledge.documents import ParsedText

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def parse_office(
    archive: zipfile.ZipFile, data: bytes, kind: str, limits: ParseLimits
) -> ParsedText:
    """The text of an Office file.

    Args:
        archive: The file, opened.
        data: The same.
        kind: Its media type.
        limits: What it may cost.

    Raises:
        DocumentError: With the code that says why there is no text.
    """
    try:
        return _parse(Package(archive), kind, limits)
    except UnusualMarkupError:
        # The library knows more ways to write such a file than our patterns do, at a price.
        from wellread.adapters.parsing.office import legacy_office  # noqa: PLC0415 - only what is needed

        archives.check_office(archive)
        check_cost(archive, limits)
        return legacy_office.parse_office(data, kind, limits)


def _parse(package: Package, kind: str, limits: ParseLimits) -> ParsedText:
    if kind == WORD:
        from wellread.adapters.parsing.office.word import parse_word  # noqa: PLC0415

        return parse_word(package, kind, limits)
    if kind == POWERPOINT:
        from wellread.adapters.parsing.office.slides import parse_slides  # noqa: PLC0415

        return parse_slides(package, kind, limits)
    from wellread.adapters.parsing.office.workbook import parse_workbook  # noqa: PLC0415

    return parse_workbook(package, kind, limits)
