"""What a model is trained on: prompts of the product with the answers it should have given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ExampleKind(StrEnum):
    """What a training example teaches."""

    ANSWER = "answer"
    """The passage that answers is among the sources."""

    WITHOUT_ORACLE = "without_oracle"
    """The passage that answers was taken away: to decline."""

    NEAR_MISS = "near_miss"
    """No document answers, though one speaks of what the question is about: to decline."""

    FEEDBACK = "feedback"
    """A correction that an owner approved."""

    @property
    def declines(self) -> bool:
        """Whether the target is the decline."""
        return self in (ExampleKind.WITHOUT_ORACLE, ExampleKind.NEAR_MISS)


@dataclass(frozen=True, slots=True)
class SupportingSpan:
    """What an example's answer rests on.

    Attributes:
        start: In the revision's text, in characters.
        end: After the last character.
        text: `parsed.text[start:end]`, verbatim.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One row: a prompt as the product makes it, and the answer in the product's own form.

    Attributes:
        id: Unique in its dataset.
        messages: The prompt, as `domain.ask.prompting.render_messages` makes it.
        target: The answer with its markers, or `domain.ask.prompting.DECLINE`.
        document: The document that the question was made from.
        revision: Its revision at that time.
        audiences: Who may read every document that is in the prompt.
        sources: All documents in the prompt, as document → revision.
        family: The group of documents that are split together.
        span: What the answer rests on; None for a decline.
        made_by: "templates", "teacher:<model>", "feedback".
    """

    id: str
    kind: ExampleKind
    messages: tuple[Mapping[str, str], ...]
    target: str
    document: str
    revision: str
    audiences: frozenset[str]
    sources: Mapping[str, str]
    family: str
    span: SupportingSpan | None
    made_by: str

    def as_line(self) -> dict[str, Any]:
        """A line of `train.jsonl`: trl's conversational prompt and completion, with provenance.

        The form: https://huggingface.co/docs/trl/dataset_formats (prompt-completion).
        """
        return {
            "id": self.id,
            "kind": self.kind.value,
            "prompt": [dict(message) for message in self.messages],
            "completion": [{"role": "assistant", "content": self.target}],
            "document": self.document,
            "revision": self.revision,
            "audiences": sorted(self.audiences),
            "sources": dict(self.sources),
            "family": self.family,
            "span": None
            if self.span is None
            else {"start": self.span.start, "end": self.span.end, "text": self.span.text},
            "made_by": self.made_by,
        }
