"""Which document a question names, and which of its passages answer the rest."""

from __future__ import annotations

import pytest

from wellread.domain.ask.searching.named_document import named_document, rank_within, take_turns
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId

LEASE = "leases/harbour-lease.txt"
FRONT = "This Lease is made between Okonda Ltd. and Velmar Shipping Inc. on 3 May 2021."
OTHER = "This Lease is made between Okonda Ltd. and Brimley Foods on 9 June 2020."


def hit(text, ordinal=1, document=LEASE, title="Harbour Lease", score=1.0):
    chunk = Chunk(ordinal, 0, len(text), text, title)
    return Passage(DocumentId(document), RevisionId("1"), "w", chunk, score)


RANKED = [
    hit(FRONT, 0),
    hit("The rent is due monthly.", 4),
    hit(OTHER, 0, "leases/silo-lease.txt", "Silo Lease"),
]


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("When is the rent under the harbour lease due?", "When is the rent under the due?"),
        ("When does Velmar Shipping pay its rent?", "When does pay its rent?"),
        ("Velmar Shipping's deposit?", "deposit?"),
        ("When does Okonda get Velmar's rent?", "When does get rent?"),
    ],
)
def test_title_file_name_and_parties_name_a_document_and_the_rest_is_asked_of_it(question, rest):
    found = named_document(question, RANKED)

    assert found is not None
    assert (found.document, found.rest) == (LEASE, rest)


@pytest.mark.parametrize(
    "question",
    [
        "When is the rent due?",
        "When does Okonda collect the rent?",  # a party of both
        "When is the rent of the lease due?",  # both are called so
        "When does velmar pay?",  # as no one writes a name, and not in the title
        "Does Zenda pay the rent?",
    ],
)
def test_what_other_documents_hold_too_names_none(question):
    assert named_document(question, RANKED) is None


def test_a_question_that_only_names_a_document_has_no_rest():
    assert named_document("The harbour lease of Velmar Shipping?", RANKED) is None
    assert named_document("The harbour lease", []) is None


def test_a_party_that_the_first_page_does_not_name_does_not_name_the_document():
    ranked = [hit("Velmar pays the rent monthly.", 4), *RANKED[1:]]

    assert named_document("When does Velmar pay?", ranked) is None


def test_words_that_few_passages_hold_decide_within_a_document():
    law = hit("The law of Norland governs.", 9)
    vector = [hit(f"The tenant pays item {n}.", n, score=0.5 - n / 100) for n in range(5)]
    vector += [hit(law.chunk.text, 9, score=0.45), hit("Keys are lent.", 7, score=0.1)]

    ranked = rank_within("Which law governs what the tenant pays?", [law], vector)

    assert ranked[0].chunk.ordinal == 9
    assert len(ranked) == 7


def test_meaning_decides_where_no_word_is_held_and_words_where_no_vectors_are():
    near, far = hit("Sums fall due monthly.", 2, score=0.8), hit("Keys are lent.", 3, score=0.1)

    assert rank_within("rent", [], [near, far]) == [near, far]
    assert rank_within("keys", [near, far], []) == [far, near]
    assert rank_within("keys", [], []) == []


def test_rankings_take_turns_and_nothing_comes_twice():
    a, b, c, d = (hit("text", n) for n in range(4))

    assert take_turns([a, b], [c, a, d]) == [a, c, b, d]
    assert take_turns([], [a]) == [a]
    assert take_turns() == []
