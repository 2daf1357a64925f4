"""The laptop host without threads: tests say when it scans and when a message is delivered."""

from __future__ import annotations

import atexit
import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from wellread import bootstrap
from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.bootstrap import embedded
from wellread.bootstrap.embedded import CHANGE_QUEUE, CHUNK_QUEUE, EmbeddedServices
from wellread.domain.access.scope import EVERYONE, Operator, Scope
from wellread.domain.ask.answers import (
    NOT_FOUND,
    Answer,
    Citation,
    Declined,
    DeclineReason,
    Outcome,
    Reply,
)
from wellread.domain.ask.prompting import DECLINE, Prompt
from wellread.domain.ask.questions import Asker, AskerId, Mode, Question, ThreadId
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.local.host import LocalHost
from wellread.local.queue_work import HOST_RETRIES, queue_work
from wellread.ports.ingest import ReceiptSink, RevisionStore
from wellread.ports.operations import Meter
from wellread.services.ask.drafting import Generators
from wellread.services.ingest.documents import DocumentSummary
from wellread.services.ingest.embedder_choice import EmbedderChoice
from wellread.settings import Settings
from wellread.wire.document_links import link_to


class WordEmbedder:
    """A real, if simple, embedder: hashed words, weighted by nothing. Quick to load and to run."""

    def __init__(self, name: str = "words", dimensions: int = 64) -> None:
        self.model_version = f"{name}-{dimensions}"
        self.dimensions = dimensions
        self.embedded = 0

    def embed_documents(self, texts: Sequence[str]) -> list[tuple[float, ...]]:
        self.embedded += len(texts)
        return [self._vector(text) for text in texts]

    def embed_question(self, text: str) -> tuple[float, ...]:
        return self._vector(text)

    def _vector(self, text: str) -> tuple[float, ...]:
        sums = [0.0] * self.dimensions
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.sha256(word.encode()).digest()
            sums[digest[0] % self.dimensions] += 1.0 if digest[1] % 2 else -1.0
        length = math.sqrt(sum(value * value for value in sums)) or 1.0
        return tuple(value / length for value in sums)


class QuotingGenerator:
    """Says the first sentence of each of the first passages, with its marker."""

    name = "quoting"

    def __init__(self, passages: int = 1) -> None:
        self.passages = passages
        self.prompts: list[Prompt] = []

    def generate(self, prompt: Prompt) -> Iterator[str]:
        self.prompts.append(prompt)
        for number, passage in enumerate(prompt.passages[: self.passages], start=1):
            body = passage.chunk.text.rsplit("\n", 1)[-1]
            yield f"{body} [{number}] "

    def answer(self, prompt: Prompt) -> Outcome:
        said = "".join(self.generate(prompt)).strip()
        if not said:
            return Declined(DECLINE, DeclineReason.NOT_IN_DOCUMENTS, self.name)
        chosen = prompt.passages[: self.passages]
        return Answer(said, tuple(map(last_line_of, chosen)), self.name)


class Declining:
    """Finds an answer to nothing."""

    def answer(self, prompt: Prompt) -> Outcome:
        return Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, "quotes")


class RepeatingModel(QuotingGenerator):
    """Says the answers of the thread so far where it has no passages."""

    name = "repeating"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        if prompt.passages:
            yield from super().generate(prompt)
        else:
            self.prompts.append(prompt)
            yield " ".join(turn.answer for turn in prompt.turns) or "Nothing was said."


class SharedReader(SandboxedParser):
    """A reader of files for many laptops: starting one takes half a second."""

    def close(self) -> None:
        """Others may go on to use it."""


@cache
def shared_reader() -> SharedReader:
    reader = SharedReader()
    atexit.register(SandboxedParser.close, reader)
    return reader


_OF_A_READER = {"max_document_bytes", "parse_seconds", "parse_memory_mb", "parser_confinement"}


def last_line_of(passage: Passage) -> Citation:
    """A citation of a passage's last line."""
    chunk = passage.chunk
    body = chunk.text.rsplit("\n", 1)[-1]
    start = chunk.end - len(body)
    return Citation(
        document=passage.document,
        revision=passage.revision,
        start=start,
        end=chunk.end,
        quote=body,
        page=chunk.page,
        heading=" > ".join(chunk.heading_path),
        title=chunk.title,
    )


class Laptop:
    """One data folder with everything on it."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] | None = None,
        load_embedder: Callable[[str], WordEmbedder] | None = None,
        generators: Generators
        | Callable[[EmbedderChoice, RevisionStore], Generators]
        | None = None,
        receipts: ReceiptSink | None = None,
        meter: Meter | None = None,
        **settings: object,
    ) -> None:
        embedders: dict[str, WordEmbedder] = {}

        def load(setting: str) -> WordEmbedder:
            return embedders.setdefault(setting, WordEmbedder(setting))

        self.said: list[str] = []
        self.settings = Settings(data=folder, **settings)  # type: ignore[arg-type]
        self.services = EmbeddedServices(self.settings, clock=clock or time.time)
        self.adapters = self.services.adapters
        self.adapters.load_embedder = load_embedder or load
        self.adapters.receipts = receipts or self.adapters.receipts
        self.adapters.meter = meter or self.adapters.meter
        if not _OF_A_READER & settings.keys():
            self.adapters.file_parser = shared_reader()
        speaking = generators or Generators(quoting=QuotingGenerator())
        self.services.generators = (
            speaking(self.services.choice, self.adapters.revisions)
            if callable(speaking)
            else speaking
        )
        self.root = embedded.documents_folder(self.settings)
        self.root.mkdir(parents=True, exist_ok=True)
        self.host = LocalHost(self.services, say=self.said.append)
        bootstrap.install(self.services)

    def retry_at_once(self) -> None:
        """From now on, have what fails delivered again without a pause."""
        policy = replace(HOST_RETRIES, delivered_again_seconds=(0.0,))
        work = queue_work(self.services, policy)
        self.host = LocalHost(self.services, say=self.said.append, work=work)

    def close(self) -> None:
        bootstrap.install(None)
        self.services.close()

    @property
    def change_queue(self) -> SqliteQueue:
        return self.adapters.queues[CHANGE_QUEUE]

    @property
    def chunk_queue(self) -> SqliteQueue:
        return self.adapters.queues[CHUNK_QUEUE]

    def speak_with(self, **speaking: object) -> None:
        """Have others speak from now on: `Generators`' fields."""
        self.services.generators = replace(self.services.generators, **speaking)
        self.services.__dict__.pop("answering", None)

    def write(self, key: str, content: str | bytes) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def write_rules(self, **entries: object) -> None:
        """The settings document; without `access` everybody may read everything."""
        document = {"access": {}, **entries}
        path = self.settings.data / embedded.RULES_NAME
        path.write_text(json.dumps(document), encoding="utf-8")

    def delete(self, key: str) -> None:
        (self.root / key).unlink()

    def scan(self) -> None:
        """Scan until no file is left for the next scan."""
        self.host.scan()
        while self.host.settling():
            self.host.scan()

    def chunk_next(self) -> bool:
        return self.host.deliver_next("chunk")

    def embed_next(self) -> bool:
        return self.host.deliver_next("embed")

    def work(self) -> None:
        """Scan, then deliver until the queues are empty."""
        self.scan()
        while self.chunk_next() or self.embed_next():
            pass

    def drop(self, key: str, content: str | bytes) -> DocumentSummary:
        self.write(key, content)
        self.work()
        return self.show(key)

    def show(self, key: str) -> DocumentSummary:
        return self.services.documents.show(Operator(), DocumentId(key))

    def keys(self, *audiences: str) -> list[str]:
        page = self.services.documents.list(Scope.of(*(audiences or (EVERYONE,))))
        return [document.document for document in page.documents]

    def ask(
        self, text: str, *audiences: str, mode: Mode = Mode.RAG, thread: str | None = None
    ) -> Reply:
        return self.services.answering.answer(
            Question(
                text,
                asker(*audiences),
                mode,
                ThreadId(thread) if thread is not None else None,
                links=link_to,
            )
        )


def asker(*audiences: str) -> Asker:
    names = audiences or (EVERYONE,)
    return Asker(AskerId("+".join(names)), Scope.of(*names))
