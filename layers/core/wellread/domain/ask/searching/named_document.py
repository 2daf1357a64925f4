"""Questions that name their document, and the passages of it that answer the rest of them.

Half the words of "What law governs the reseller agreement between Foo and Bar?" say which document
is meant. All its passages are about that, and the one that has the most of those words is its first
page; which passage answers, the other words say.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.ask.searching.fusion import key_of, shares
from wellread.domain.ask.searching.held_words import (
    content_stems,
    held_stems,
    name_tokens,
    read_beside,
)
from wellread.domain.ask.searching.identifiers import identifiers, names_identifier
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.text.words import content_words


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """The document that a question names.

    Attributes:
        rest: The question without the words that name it.
    """

    document: DocumentId
    rest: str


def named_document(question: str, ranked: Sequence[Passage]) -> NamedDocument | None:
    """The document of the best passage, where the question names it and asks something besides.

    What names it: words of its title and of its file's name, and names (of parties, products) that
    its first passage holds. They name it if no other document that was found holds them all.

    Args:
        question: What was asked.
        ranked: What was found for it, best first.
    """
    if not ranked:
        return None
    document = ranked[0].document
    own = [passage for passage in ranked if passage.document == document]
    called = f"{document} {own[0].chunk.title}"
    head = content_stems(called)
    first = content_stems(*(passage.chunk.text for passage in own if passage.chunk.ordinal == 0))
    naming, rest, end = frozenset[str](), "", 0
    # An identifier is more than its parts: "6.2.3" names no document that begins with "3.2.6".
    apart = any(not names_identifier(called, each) for each in identifiers(question))
    for token, is_name in name_tokens(question):
        said = content_stems(token[0])
        if apart and any(c.isdigit() for c in token[0]):
            continue
        if said and said <= (head | first if is_name else head):
            naming |= said
            rest, end = rest + question[end : token.start()], token.end()
    rest = " ".join((rest + question[end:]).split())
    if not naming or not content_words(rest) or _holding(naming, ranked) != {document}:
        return None
    return NamedDocument(document, rest)


def rank_within(rest: str, lexical: Sequence[Passage], vector: Sequence[Passage]) -> list[Passage]:
    """Rank the passages of one document by what is asked of it.

    A word counts the more the fewer of the passages hold it, and all words together as much as the
    meaning.
    """
    passages = list({key_of(passage): passage for passage in (*lexical, *vector)}.values())
    meaning = shares(vector, floor=vector[-1].score if vector else 0.0)
    asked, held = read_beside(rest, passages)
    weights = {
        each.word: _rarity(sum(each.word in shares for shares in held), len(held)) for each in asked
    }
    everything = sum(weights.values()) or 1.0
    scores = {
        key_of(passage): sum(weights[word] * share for word, share in each.items()) / everything
        + meaning.get(key_of(passage), 0.0)
        for passage, each in zip(passages, held, strict=True)
    }
    return sorted(passages, key=lambda passage: (-scores[key_of(passage)], key_of(passage)))


def take_turns(*rankings: Sequence[Passage]) -> list[Passage]:
    """One ranking out of several: the best of each, the second of each, and so on; no one twice."""
    longest = max(map(len, rankings), default=0)
    found = {
        key_of(ranking[place]): ranking[place]
        for place in range(longest)
        for ranking in rankings
        if place < len(ranking)
    }
    return list(found.values())


def _holding(stems: frozenset[str], passages: Sequence[Passage]) -> set[DocumentId]:
    """The documents whose passages hold all of these stems."""
    held: dict[DocumentId, set[str]] = defaultdict(set)
    for passage, found in zip(passages, held_stems(sorted(stems), passages), strict=True):
        held[passage.document] |= found
    return {document for document, found in held.items() if found >= stems}


def _rarity(holding: int, all_of_them: int) -> float:
    """A word that no passage holds is as good as not asked: it tells none from another."""
    if not holding:
        return 0.0
    return math.log(1 + (all_of_them - holding + 0.5) / (holding + 0.5))
