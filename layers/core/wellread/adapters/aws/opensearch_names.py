"""Names as an index can hold them: UTF-8 has no lone surrogates, and file names may.

Each code point is written by itself, so that the stored form of a prefix is a prefix of the stored
form, and names without such code points stay as they are and in their order.
"""

from __future__ import annotations

import re

_MARK = "\ue000"
"""For private use, so it stands in no name by chance; it is written like a surrogate itself."""
_UNSTORABLE = re.compile(f"[\ud800-\udfff{_MARK}]")
_STORED = re.compile(f"{_MARK}([0-9a-f]{{4}})")


def stored_name(name: str) -> str:
    """A name as the index holds it."""
    return _UNSTORABLE.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", name)


def name_of(stored: str) -> str:
    """The name that `stored_name` was given."""
    return _STORED.sub(lambda found: chr(int(found[1], 16)), stored)
