"""Passages as a model reads them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.searching.neighbours import with_neighbours
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import DocumentId, Heading, ParsedText, Passage, RevisionId

SENTENCE = "The ferry leaves the north pier every hour and takes forty cars, rain or shine. "
SECTION = SENTENCE * 40


def text(*sections: str) -> ParsedText:
    written, headings = "", []
    for number, section in enumerate(sections, start=1):
        headings.append(Heading(1, f"Part {number}", len(written)))
        written += f"# Part {number}\n\n{section}\n\n"
    return ParsedText(written, "Ferries", tuple(headings))


def passages(parsed: ParsedText, *chosen: int, document: str = "ferries.md") -> list[Passage]:
    chunks = chunk(parsed, parsed.title)
    return [
        Passage(DocumentId(document), RevisionId("1"), "w", chunks[number], 1.0)
        for number in chosen
    ]


def read(parsed: ParsedText | None, found: list[Passage], characters: int = 0) -> list[Passage]:
    return list(with_neighbours(found, lambda _: parsed, characters))


def test_chunks_that_adjoin_become_one_passage_in_the_place_of_the_best():
    parsed = text(SECTION, SECTION)
    far, second, third, first = passages(parsed, 6, 2, 3, 1)

    ranked = read(parsed, [far, second, third, first])

    assert [each.chunk.start for each in ranked] == [far.chunk.start, first.chunk.start]
    assert ranked[1].chunk.text == parsed.text[first.chunk.start : third.chunk.end]
    assert ranked[1].chunk.ordinal == 1


def test_a_chunk_between_two_others_joins_both():
    parsed = text(SECTION)
    ranked = read(parsed, passages(parsed, 0, 2, 1))

    assert len(ranked) == 1
    assert ranked[0].chunk.end == chunk(parsed, parsed.title)[2].end


def test_chunks_of_two_sections_of_two_documents_or_of_two_revisions_stay_apart():
    parsed = text(SENTENCE * 3, SENTENCE * 3)
    one, two = passages(parsed, 0, 1)
    assert one.chunk.heading_path != two.chunk.heading_path
    assert read(parsed, [one, two]) == [one, two]

    parsed = text(SECTION)
    one, two = passages(parsed, 0, 1)
    for other in (
        replace(two, document=DocumentId("other.md")),
        replace(two, revision=RevisionId("2")),
    ):
        assert read(parsed, [one, other]) == [one, other]


def test_a_passage_that_is_not_verbatim_in_its_revision_stays_as_it_is():
    parsed = text(SECTION)
    found = passages(parsed, 0, 1)
    for stored in (None, text("Another text.")):
        assert read(stored, found, 8000) == found


def test_the_best_passage_is_widened_within_its_section_while_there_is_room():
    parsed = text(SENTENCE, SECTION, SENTENCE)
    chunks = chunk(parsed, parsed.title)
    middle = next(n for n, each in enumerate(chunks) if each.start > parsed.headings[1].start)
    [found] = passages(parsed, middle)

    [wider] = read(parsed, [found], 8000)

    assert wider.chunk.start < found.chunk.start
    assert wider.chunk.end > found.chunk.end
    assert parsed.headings[1].start <= wider.chunk.start
    assert wider.chunk.end <= parsed.headings[2].start
    assert wider.chunk.text.endswith(".")
    assert wider.chunk.text.lstrip("# ").startswith(("Part 2", "The ferry"))


def test_rows_amid_a_table_are_not_widened_to_rows_before_them():
    rows = "".join(f"| stop {n} | {n} minutes after the hour |\n" for n in range(80))
    parsed = text(f"| stop | leaves |\n| --- | --- |\n{rows}")
    found = passages(parsed, 2)
    assert found[0].chunk.columns

    [wider] = read(parsed, found, 8000)

    assert wider.chunk.start == found[0].chunk.start
    assert wider.chunk.columns == "stop | leaves"
    assert wider.chunk.text.endswith("|")


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=4),
    st.lists(st.integers(0, 11), min_size=1, max_size=8, unique=True),
    st.integers(0, 12_000),
)
def test_whatever_is_joined_stays_verbatim_apart_and_within_its_room(lengths, chosen, room):
    parsed = text(*(SENTENCE * (8 * length + 1) for length in lengths))
    count = len(chunk(parsed, parsed.title))
    found = passages(parsed, *dict.fromkeys(number % count for number in chosen))

    ranked = read(parsed, found, room)

    spans = sorted((each.chunk.start, each.chunk.end) for each in ranked)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    for each in ranked:
        assert parsed.text[each.chunk.start : each.chunk.end] == each.chunk.text
    for each in found:
        assert any(low <= each.chunk.start and each.chunk.end <= high for low, high in spans)
    joined = read(parsed, found)
    grown = sum(len(e.chunk.embedded_text) for e in ranked)
    assert grown <= max(room, sum(len(e.chunk.embedded_text) for e in joined))
