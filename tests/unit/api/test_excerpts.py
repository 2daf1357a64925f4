from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wellread.api.excerpts import excerpt


@given(st.text(max_size=400), st.data())
def test_an_excerpt_is_a_part_of_the_text_with_the_place_in_it(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))

    part = excerpt(text, start, end, around=20, whole_up_to=50)

    assert text[part.start : part.start + len(part.text)] == part.text
    assert part.marked == text[start:end]
    assert part.start + len(part.before) == start
    assert part.whole == (part.text == text)


def test_a_long_text_is_cut_at_line_ends_near_the_place() -> None:
    text = "".join(f"line {number:04}\n" for number in range(1000))
    start = text.index("line 0500")

    part = excerpt(text, start, start + 9, around=95, whole_up_to=100)

    assert part.text.startswith("line 0490")
    assert part.text.endswith("line 0510")
    assert part.whole is False


def test_without_a_place_the_beginning_is_shown() -> None:
    part = excerpt("x" * 500, None, None, around=100, whole_up_to=200)

    assert (part.start, part.marked, len(part.text)) == (0, "", 100)
