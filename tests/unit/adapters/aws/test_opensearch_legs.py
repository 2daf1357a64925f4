"""What a question asks of OpenSearch once more, where it found some of the words nowhere."""

from __future__ import annotations

import time

import pytest

from wellread.adapters.aws.opensearch_legs import otherwise
from wellread.ports.index import PassageHits, PassageQuery

WORDS = [f"{a}{b}nterestinglyunkn{c}wn" for a in "abcdefgh" for b in "ijklmnopqr" for c in "stu"]


def asked_again(text: str) -> dict:
    query = PassageQuery(text, None, None)
    return otherwise(query, {"match_all": {}}, PassageHits((), ()), places=True)


def seconds(text: str) -> float:
    start = time.process_time()
    asked_again(text)
    return max(time.process_time() - start, 0.01)


@pytest.mark.parametrize("length", [6, 12, 20])
def test_twice_the_unknown_words_take_at_most_twice_the_time(length):
    once, twice = (" ".join(word[:length] for word in WORDS[:n]) for n in (80, 160))

    assert min(seconds(twice) for _ in range(4)) <= 2.6 * min(seconds(once) for _ in range(4))


def test_a_question_is_never_more_than_an_index_takes():
    should = asked_again(" ".join(WORDS[:120]))["words"]["query"]["bool"]["should"]
    words = should[0]["match"]["words"]["query"].split()

    assert len(words) + len(should) <= 1024
    assert sum("prefix" in clause for clause in should) <= 12
