"""Worked examples in a prompt: what tuning has to be better than, because it costs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wellread.domain.ask.prompting import Prompt, render_messages
from wellread.domain.tune.examples import ExampleKind
from wellread.ports.models import Chat
from wellread.services.ask.reading import read_by

EXAMPLE_CHARACTERS = 4_000
"""All worked examples together: about 1,000 tokens, so that small models keep room to answer."""

_ANSWERED, _DECLINED = 2, 1


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A question with its sources as the product asks it, and how it should be answered."""

    asked: str
    answered: str


class FewShot:
    """A chat model as a `Generator` that is shown worked examples before each question."""

    def __init__(self, chat: Chat, examples: Sequence[WorkedExample]) -> None:
        """Nothing is asked yet.

        Args:
            chat: The model.
            examples: In the order of the prompt.
        """
        self._chat = chat
        self._turns = [
            {"role": role, "content": text}
            for example in examples
            for role, text in (("user", example.asked), ("assistant", example.answered))
        ]
        self.passage_characters = read_by(chat)

    @property
    def name(self) -> str:
        """The model's."""
        return self._chat.name

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Pieces of the answer as they come.

        Raises:
            ModelUnavailableError: There is no whole answer, for whatever reason.
        """
        system, *rest = render_messages(prompt, passage_characters=self.passage_characters)
        return self._chat.speak([system, *self._turns, *rest])


def worked_examples(rows: Iterable[Mapping[str, Any]]) -> list[WorkedExample]:
    """A few worked examples out of a dataset's rows: two answers, and a decline between them.

    The shortest ones, because each question waits until all of them are read.

    Args:
        rows: Lines of `train.jsonl`.
    """
    kinds: dict[bool, list[WorkedExample]] = {True: [], False: []}
    for row in rows:
        example = WorkedExample(row["prompt"][-1]["content"], row["completion"][0]["content"])
        kinds[ExampleKind(row["kind"]).declines].append(example)
    answers = sorted(kinds[False], key=_length)[:_ANSWERED]
    declines = sorted(kinds[True], key=_length)[:_DECLINED]
    room = EXAMPLE_CHARACTERS
    chosen: list[WorkedExample] = []
    for example in (*answers[:1], *declines, *answers[1:]):
        room -= _length(example)
        if room >= 0 or not chosen:
            chosen.append(example)
    return chosen


def _length(example: WorkedExample) -> int:
    return len(example.asked) + len(example.answered)
