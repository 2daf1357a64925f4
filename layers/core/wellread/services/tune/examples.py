"""Rows: a live prompt for a question, and the answer that the product should give to it."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from wellread.domain.access.scope import Scope
from wellread.domain.ask.prompting import DECLINE, Prompt
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.tune.drafts import Draft, Filter, holds
from wellread.domain.tune.examples import ExampleKind, TrainingExample
from wellread.services.ask.searching import Found
from wellread.services.tune.live_prompts import LivePrompts

_DEEPER = 4
"""So many times as deep as an answer looks is searched: for what stands in for what is left out."""

_MARKER = re.compile(r"\[(\d+)\]")

_SHUFFLED = 0.5
"""Share of prompts whose sources are in another order than the search's: the first one answers
more often than not, and a model that knew that would read no further."""


_ABOUT_OTHERS = 0.5
"""Share of near misses that ask about what no document knows; of the others the documents of the
family that answers are taken away."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be in the rows of one part of a dataset.

    Attributes:
        audiences: Who may ask the model.
        scope: The same, as a search takes it.
        sources: The documents that may be in a prompt, each at its revision.
        family: Of each document.
        near_held_out: Whether a text is nearly what a held-out document says.
    """

    audiences: frozenset[str]
    scope: Scope
    sources: Mapping[DocumentId, str]
    family: Mapping[DocumentId, str]
    near_held_out: Callable[[str], bool]

    def within(self, sources: Collection[DocumentId]) -> Bounds:
        """The same for fewer documents."""
        return replace(self, sources={d: r for d, r in self.sources.items() if d in sources})

    def permits(self, passage: Passage) -> bool:
        """Whether a passage may be in a prompt."""
        return self.sources.get(passage.document) == passage.revision and not self.near_held_out(
            passage.chunk.text
        )


class Examples:
    """Makes rows of drafts, each checked against what the live search finds."""

    def __init__(self, prompts: LivePrompts, *, passages: int, seed: int) -> None:
        """Make rows.

        Args:
            prompts: Finds passages and makes prompts.
            passages: How many passages an answer draws on.
            seed: Of the order of sources.
        """
        self._prompts = prompts
        self._passages = passages
        self._seed = seed

    def make(self, draft: Draft, kind: ExampleKind, bounds: Bounds) -> TrainingExample | Filter:
        """A row of a kind, or why there is none.

        Raises:
            TransientError: The index or the embedder cannot be reached.
        """
        if bounds.near_held_out(draft.span.text):
            return Filter.HELD_OUT
        found = self._find(draft.question, bounds)
        live = found.passages[: self._passages]
        if not any(_covers(passage, draft) for passage in live):
            return Filter.NOT_FOUND
        if kind is ExampleKind.ANSWER:
            return self._answer(draft, found, bounds)
        if kind is ExampleKind.NEAR_MISS and self._draw(draft.wrong).random() < _ABOUT_OTHERS:
            return self._wrong(draft, bounds)
        return self._without(draft, found, kind, bounds)

    def corrected(
        self,
        draft: Draft,
        rests_on: Sequence[tuple[DocumentId, int, int]],
        found_in: Sequence[Passage],
        bounds: Bounds,
    ) -> TrainingExample | Filter:
        """A row of a correction that an owner approved.

        Args:
            draft: Its answer has markers: [n] means the n-th place of `rests_on`.
            rests_on: Document and offsets of each place.
            found_in: The chunks that hold these places.
            bounds: What may be in the row.
        """
        if not all(map(bounds.permits, found_in)):
            return Filter.HELD_OUT
        found = self._find(draft.question, bounds)
        others = [p for p in found.passages if bounds.permits(p) and p not in found_in]
        prompt = self._prompts.read(draft.question, found.text, (*found_in, *others))
        passages, texts = prompt.passages, self._prompts.shown(prompt.passages)
        numbers = {}
        for marker, (document, start, end) in enumerate(rests_on, start=1):
            place = next(
                (
                    n
                    for n, p in enumerate(passages[: len(texts)])
                    if _holds(p, document, start, end)
                ),
                None,
            )
            if place is None or not _is_shown(passages[place], texts[place], end):
                return Filter.TOO_LONG
            numbers[marker] = place + 1
        target = _MARKER.sub(lambda mark: f"[{numbers.get(int(mark[1]), 0)}]", draft.answer)
        if "[0]" in target or not numbers:
            return Filter.NOT_IN_SPAN
        return self._row(draft, ExampleKind.FEEDBACK, prompt, target, bounds)

    def _find(self, question: str, bounds: Bounds) -> Found:
        return self._prompts.find(question, bounds.scope, _DEEPER * self._passages)

    def _answer(self, draft: Draft, found: Found, bounds: Bounds) -> TrainingExample | Filter:
        """The oracle among what the live search finds besides."""
        live = [p for p in found.passages[: self._passages] if bounds.permits(p)]
        oracle = next((p for p in live if _covers(p, draft)), None)
        if oracle is None:
            return Filter.HELD_OUT
        same = holds(live, draft.span.text)
        live = [p for p, told in zip(live, same, strict=True) if p is oracle or not told]
        for passages in (live, [oracle, *(p for p in live if p is not oracle)]):
            prompt = self._ordered(self._prompts.read(draft.question, found.text, passages))
            for candidate in (prompt, _first(prompt, draft)):
                number = self._number(candidate, draft)
                if number is not None:
                    target = f"{draft.answer} [{number}]"
                    return self._row(draft, ExampleKind.ANSWER, candidate, target, bounds)
        return Filter.TOO_LONG

    def _number(self, prompt: Prompt, draft: Draft) -> int | None:
        """The number of the source that holds what the answer rests on, where it is shown whole."""
        texts = self._prompts.shown(prompt.passages)
        for number, (passage, text) in enumerate(zip(prompt.passages, texts, strict=False), 1):
            if _covers(passage, draft) and _is_shown(passage, text, draft.span.end):
                return number
        return None

    def _without(
        self, draft: Draft, found: Found, kind: ExampleKind, bounds: Bounds
    ) -> TrainingExample | Filter:
        """What the search finds besides the oracle; for a near miss, besides all of its family."""
        family = bounds.family.get(draft.document)
        told = holds(found.passages, draft.span.text)
        left = [
            passage
            for passage, same in zip(found.passages, told, strict=True)
            if not same
            and not _covers(passage, draft)
            and bounds.permits(passage)
            and (kind is ExampleKind.WITHOUT_ORACLE or bounds.family[passage.document] != family)
        ]
        if not left:
            return Filter.NOTHING_ELSE
        prompt = self._prompts.read(draft.question, found.text, left[: self._passages])
        shown = prompt.passages[: len(self._prompts.shown(prompt.passages))]
        # Joined or widened, a passage may have got hold of what was taken away.
        if any(holds(shown, draft.span.text)) or any(_covers(each, draft) for each in shown):
            return Filter.NOTHING_ELSE
        return self._row(draft, kind, prompt, DECLINE, bounds)

    def _wrong(self, draft: Draft, bounds: Bounds) -> TrainingExample | Filter:
        """The question as no document answers it, with what the live search finds for it."""
        found = self._find(draft.wrong, bounds)
        live = [p for p in found.passages if bounds.permits(p)][: self._passages]
        if not live:
            return Filter.NOTHING_ELSE
        prompt = self._prompts.read(draft.wrong, found.text, live)
        return self._row(draft, ExampleKind.NEAR_MISS, prompt, DECLINE, bounds)

    def _ordered(self, prompt: Prompt) -> Prompt:
        draw = self._draw(prompt.question)
        if draw.random() >= _SHUFFLED:
            return prompt
        passages = list(prompt.passages)
        draw.shuffle(passages)
        return replace(prompt, passages=tuple(passages))

    def _draw(self, question: str) -> random.Random:
        return random.Random(f"{self._seed}\0{question}")  # noqa: S311 - no secret

    def _row(
        self, draft: Draft, kind: ExampleKind, prompt: Prompt, target: str, bounds: Bounds
    ) -> TrainingExample | Filter:
        shown = prompt.passages[: len(self._prompts.shown(prompt.passages))]
        if not all(map(bounds.permits, shown)):
            return Filter.HELD_OUT
        unique = f"{kind.value}\0{prompt.question}\0{draft.document}\0{draft.span.start}"
        digest = hashlib.sha256(unique.encode("utf-8", "surrogatepass")).hexdigest()
        return TrainingExample(
            id=f"{kind.value.replace('_', '-')}-{digest[:12]}",
            kind=kind,
            messages=tuple(self._prompts.messages(prompt)),
            target=target,
            document=draft.document,
            revision=draft.revision,
            audiences=bounds.audiences,
            sources={passage.document: passage.revision for passage in shown},
            family=bounds.family[draft.document],
            span=None if kind.declines else draft.span,
            made_by=draft.made_by,
        )


def _covers(passage: Passage, draft: Draft) -> bool:
    return passage.revision == draft.revision and _holds(
        passage, draft.document, draft.span.start, draft.span.end
    )


def _holds(passage: Passage, document: DocumentId, start: int, end: int) -> bool:
    chunk = passage.chunk
    return passage.document == document and chunk.start <= start and end <= chunk.end


def _is_shown(passage: Passage, text: str, end: int) -> bool:
    """Whether a passage is shown up to an offset of its revision."""
    chunk = passage.chunk
    lead = len(chunk.text) - len(chunk.text.lstrip())
    return chunk.start + lead + len(text) >= end


def _first(prompt: Prompt, draft: Draft) -> Prompt:
    """The prompt with what holds the answer in front."""
    ordered = sorted(prompt.passages, key=lambda passage: not _covers(passage, draft))
    return replace(prompt, passages=tuple(ordered))
