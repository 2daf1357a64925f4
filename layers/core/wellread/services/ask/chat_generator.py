"""A generator made of a chat model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wellread.domain.ask.prompting import PASSAGE_CHARACTERS, Prompt, render_messages
from wellread.ports.models import Chat
from wellread.services.ask.patience import Patience, in_time


class ChatGenerator:
    """A `Generator` made of a chat model; also that `Chat`, with a limit to the wait for it."""

    def __init__(
        self,
        chat: Chat,
        patience: Patience,
        *,
        advice: str = "",
        passage_characters: int = PASSAGE_CHARACTERS,
    ) -> None:
        """Nothing is asked yet.

        Args:
            chat: The model.
            patience: How long to wait for it.
            advice: What to do about a model that is late, as a sentence.
            passage_characters: How much of passages it reads.
        """
        self.passage_characters = passage_characters
        self._chat = chat
        self._patience = patience
        self._advice = advice

    @property
    def name(self) -> str:
        """The model's name."""
        return self._chat.name

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Pieces of the answer as they come.

        Raises:
            ModelUnavailableError: There is no whole answer, for whatever reason.
        """
        return self.speak(render_messages(prompt, passage_characters=self.passage_characters))

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages, none of them empty.

        Raises:
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """
        pieces = in_time(self._chat.speak(messages), self._patience, worded=self._late)
        yield from filter(None, pieces)

    def _late(self, why: str) -> str:
        return f"The model {self.name} did not answer in time: {why}. {self._advice}"
