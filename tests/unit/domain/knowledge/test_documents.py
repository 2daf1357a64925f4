from __future__ import annotations

import pytest

from wellread.domain.knowledge.documents import Heading, ParsedText

TEXT = "Before.\n# One\nFirst.\n# Two\nSecond.\n"
ONE, TWO = TEXT.index("# One"), TEXT.index("# Two")
PARSED = ParsedText(TEXT, headings=(Heading(1, "One", ONE), Heading(1, "Two", TWO)))


@pytest.mark.parametrize(
    ("start", "end", "section"),
    [
        (0, 3, (0, ONE)),
        (ONE, TWO, (ONE, TWO)),
        (ONE + 7, TWO, (ONE, TWO)),
        (ONE, ONE, (ONE, TWO)),
        (ONE + 7, TWO + 1, (ONE, len(TEXT))),
        (TWO, len(TEXT), (TWO, len(TEXT))),
    ],
)
def test_a_section_goes_from_the_heading_above_to_the_one_below(
    start: int, end: int, section: tuple[int, int]
):
    assert PARSED.section(start, end) == section
