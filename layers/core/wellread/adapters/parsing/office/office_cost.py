"""Unusual Office files that would take the library for these far longer than their length."""

from __future__ import annotations

import re
import zipfile

from wellread.adapters.parsing.archives import read_entry
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.office.workbook_places import column_number
from wellread.adapters.parsing.text_builder import is_sparse
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_HOLDER = re.compile(rb"<(/?)(?:\w+:)?(?:tbl|txbxContent)(?=[\s/>])")
_CELL = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")
_SHARED = re.compile(rb"""\st=["']s["']""")
_STRING = re.compile(rb"<(?:\w+:)?si\b")
_DEEPEST = 60


def check_cost(archive: zipfile.ZipFile, limits: ParseLimits) -> None:
    """Refuse tables deep in one another, sheets of blanks, and one long string again and again.

    Raises:
        DocumentError: `too_complex` or `damaged`.
    """
    shared = longest = 0
    for name in archive.namelist():
        if name.lower().endswith(".xml"):
            part = read_entry(archive, name, limits.unpacked_bytes)
            if _nests(part) or ("sheet" in name.lower() and _is_sparse(part)):
                raise DocumentError(FailureCode.TOO_COMPLEX)
            shared += len(_SHARED.findall(part))
            if name.lower().endswith("sharedstrings.xml"):
                longest = max(map(len, _STRING.split(part)))
    limits.check_characters(shared * longest)


def _nests(part: bytes) -> bool:
    depth = 0
    for tag in _HOLDER.finditer(part):
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return True
    return False


def _is_sparse(part: bytes) -> bool:
    places = _CELL.findall(part)
    width = max((column_number(letters.decode()) for letters, _ in places), default=0)
    return is_sparse(len({row for _, row in places}), width, len(places))
