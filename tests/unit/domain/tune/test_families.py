"""Versions of a document stay together, whatever they are called."""

from __future__ import annotations

import random

import pytest

from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.tune.families import families, split, versionless
from wellread.domain.tune.shingles import alike, contained, near_duplicates, shingles

WORDS = [
    f"{a}{b}" for a in ("tor", "mel", "vin", "gra", "pol") for b in ("den", "ka", "sur", "lin")
]


def prose(seed: int, length: int = 120) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) for _ in range(length))


def family_of(**texts: str) -> dict[str, str]:
    found = families({DocumentId(name): shingles(text) for name, text in texts.items()})
    return {str(document): family for document, family in found.items()}


def test_a_text_that_went_into_a_longer_one_is_a_version_of_it() -> None:
    short, new = prose(1), prose(2, 400)

    assert alike(shingles(short), shingles(f"{new} {short}")) > 0.9
    assert contained(shingles(new), shingles(short)) < 0.1


def test_short_texts_are_alike_only_where_they_are_the_same() -> None:
    assert alike(shingles("Soup at noon"), shingles("soup at noon!")) == 1.0
    assert alike(shingles("Soup at noon today"), shingles("Soup at noon tomorrow")) == 0.0
    assert alike(frozenset(), frozenset()) == 0.0


def test_documents_that_say_nearly_the_same_are_one_family() -> None:
    text = prose(3)
    found = family_of(a=text, b=text.replace(WORDS[0], "other"), c=prose(4))

    assert found["a"] == found["b"] == "a"
    assert found["c"] == "c"


def test_a_hundred_copies_are_one_family() -> None:
    copies = {f"copy{number:03}": prose(5) for number in range(100)}

    assert len(set(family_of(**copies).values())) == 1


def test_pairs_are_found_without_comparing_all_of_them() -> None:
    texts = {f"d{number}": shingles(prose(number)) for number in range(300)}
    texts["copy"] = texts["d7"]

    assert list(near_duplicates(texts, 0.6)) == [("copy", "d7")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hr/handbook-v1.pdf", "hr/Handbook_v2.docx"),
        ("hr/leave 2023.md", "hr/leave 2024-01-31.md"),
        ("hr/leave.md", "hr/leave (2).md"),
        ("hr/leave-final.md", "hr/leave-draft.md"),
    ],
)
def test_versions_by_name_are_one_family(one: str, other: str) -> None:
    assert versionless(DocumentId(one)) == versionless(DocumentId(other))
    assert len(set(family_of(**{one: prose(6), other: prose(7)}).values())) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hr/leave.md", "it/leave.md"),
        ("chapter-1.md", "chapter-2.md"),
        ("2023.md", "2024.md"),
        ("renewal.md", "re.md"),
    ],
)
def test_what_is_not_called_a_version_is_none(one: str, other: str) -> None:
    assert len(set(family_of(**{one: prose(8), other: prose(9)}).values())) == 2


def test_what_an_evaluation_asks_about_is_held_out_with_its_family() -> None:
    family = {DocumentId(name): name[0] for name in ("a1", "a2", "b1", "c1", "c2")}

    parts = split(family, {DocumentId("a2"), DocumentId("never ingested")}, seed=0)

    assert {"a1", "a2", "never ingested"} == parts.held_out
    assert parts.training | parts.validation == {"b1", "c1", "c2"}
    assert not parts.training & parts.validation


def test_a_share_of_the_families_is_held_out_and_a_new_document_moves_none() -> None:
    family = {DocumentId(f"d{n}"): f"f{n // 2}" for n in range(400)}
    parts = split(family, None, seed=1)
    more = split({**family, DocumentId("new"): "new"}, None, seed=1)

    assert 50 < len(parts.held_out) < 110
    assert parts.held_out == more.held_out - {"new"}
    assert parts.held_out != split(family, None, seed=2).held_out
    for group in (parts.held_out, parts.validation, parts.training):
        names = {family[document] for document in group}
        assert group == {document for document, name in family.items() if name in names}
