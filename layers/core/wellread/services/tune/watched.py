"""A generator that is watched while it is judged."""

from __future__ import annotations

from collections.abc import Iterator

from wellread.domain.ask.prompting import Prompt
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.ports.models import Generator
from wellread.services.ask.reading import read_by


class Watched:
    """Passes on what a generator says, and remembers whether it failed.

    Where a model fails, the product answers without it, which is right for whoever asks; here it
    would be counted as the model's own answer.
    """

    def __init__(self, generator: Generator) -> None:
        """Nothing is asked yet."""
        self._generator = generator
        self.failed = False
        self.passage_characters = read_by(generator)

    @property
    def name(self) -> str:
        """The generator's."""
        return self._generator.name

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """What the generator says.

        Raises:
            ModelUnavailableError: As the generator does.
        """
        try:
            yield from self._generator.generate(prompt)
        except ModelUnavailableError:
            self.failed = True
            raise
