"""Models: text to vectors, prompts to answers, claims to verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wellread.domain.ask.checking.claims import Claim
from wellread.domain.ask.prompting import Prompt

Vector = tuple[float, ...]


class Embedder(Protocol):
    """Text to unit vectors."""

    @property
    def model_version(self) -> str:
        """Name and fingerprint: vectors of two embedders compare only where these are equal."""

    @property
    def dimensions(self) -> int:
        """Length of every vector."""

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, in order.

        Raises:
            ModelUnavailableError: The model cannot be reached now.
        """

    def embed_question(self, text: str) -> Vector:
        """A question's vector, with the prefix that the model wants."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question beside a text.

    Attributes:
        cosine: Of the two as wholes.
        words: For each word of the question in order, how close the closest word of the text is,
            each word taken as it is meant where it stands.
    """

    cosine: float
    words: tuple[tuple[str, float], ...]


@runtime_checkable
class WordAware(Protocol):
    """An embedder that compares word by word too."""

    def compare(
        self, questions: Sequence[str], texts: Sequence[str]
    ) -> Sequence[Sequence[Comparison]]:
        """For each question the comparisons with each text.

        Raises:
            ModelUnavailableError: The model cannot be reached now, or gives no words' vectors.
        """


class Generator(Protocol):
    """Writes an answer from a prompt."""

    @property
    def name(self) -> str:
        """Who speaks, for the asker: "extractive", a model's name."""

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Pieces of the answer as they come, with markers [n] for the passages used.

        Nothing at all, or `wellread.domain.ask.prompting.DECLINE`, means that the passages do not
        answer the question.

        Raises:
            ModelUnavailableError: The model failed, timed out or is waking, before or amid the
                pieces.
        """


@runtime_checkable
class Sparing(Protocol):
    """A generator that says how much of passages it reads; others read as much as is usual."""

    @property
    def passage_characters(self) -> int:
        """So many characters of passages go into a prompt, with their titles and headings."""


@runtime_checkable
class Chat(Protocol):
    """A language model that can be asked anything, not only a question with its passages."""

    @property
    def name(self) -> str:
        """The model's name, for the asker."""

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages, each with a `role` and its `content`.

        An empty piece is a sign of life without text: a model that is thinking. Pieces that have a
        method `stop` can be given up amid a wait, from another thread.

        Raises:
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """


class Verifier(Protocol):
    """Says whether what a model wrote stands in what it rests on."""

    @property
    def name(self) -> str:
        """Who checks, for logs and reports: "words", "model"."""

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is supported by its source, in order.

        Raises:
            ModelUnavailableError: It cannot be told now.
        """


@runtime_checkable
class Remote(Protocol):
    """A verifier that asks something outside of this process."""

    def requests(self, claims: Sequence[Claim]) -> int:
        """How many requests `verify` takes for these."""
