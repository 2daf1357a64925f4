"""The process that reads files, where every file takes it over and tries what its name says."""

from __future__ import annotations

import json
import sys

from tests.unit.adapters.parsing.confined.escapes import ATTACKS, Target
from wellread.adapters.parsing import dispatch
from wellread.adapters.parsing.confined import child
from wellread.adapters.parsing.confined.confinement import Confinement
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.domain.knowledge.documents import ParsedText

_harmless = dispatch.parse_document


def _take_over(name: str, data: bytes, limits: ParseLimits, depth: int = 0) -> ParsedText:
    if name not in ATTACKS:
        return _harmless(name, data, limits, depth)
    try:
        got = ATTACKS[name](Target(**json.loads(data)))
    except BaseException as refused:
        return ParsedText(f"refused: {refused!r}")
    return ParsedText(f"succeeded: {got!r}"[:200])


if __name__ == "__main__":
    dispatch.parse_document = _take_over
    if "--unconfined" in sys.argv:
        child.leave_privileges = lambda: False
        child.confine = lambda _wanted: Confinement()
    if "--without-filter" in sys.argv:
        confine = child.confine
        child.confine = lambda _wanted: confine(Confinement(landlock=1))
    child.main(sys.argv[1:])
