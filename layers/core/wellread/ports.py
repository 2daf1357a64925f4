"""What wellread needs from the outside, in its own words.

Each port has a suite in `tests/contract` that every adapter passes. Adapters translate the errors
of their technology into `wellread.domain.errors`; nothing of an SDK crosses a port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from wellread.domain.access.rules import AccessRules
from wellread.domain.access.scope import Scope
from wellread.domain.answers import Feedback, Outcome, Reply
from wellread.domain.ask.claims import Claim
from wellread.domain.documents import (
    Chunk,
    DocumentId,
    IndexedChunk,
    ObjectVersion,
    ParsedText,
    Passage,
    RevisionId,
)
from wellread.domain.identity import IdentityRules
from wellread.domain.ingest import BatchReference, DocumentRecord, DocumentStatus
from wellread.domain.prompting import Prompt
from wellread.domain.questions import AskerId, ThreadId, Turn
from wellread.domain.receipts import Receipt

Vector = tuple[float, ...]
_Seen = TypeVar("_Seen")


class DocumentStore(Protocol):
    """The bucket: what documents there are and what they hold. The truth about the present."""

    def current(self, key: str) -> ObjectVersion | None:
        """What the bucket holds under a key now; None where there is nothing (any more).

        Raises:
            DocumentError: `unreadable`: it is there but cannot be looked at.
        """

    def read(self, version: ObjectVersion) -> bytes:
        """The content of exactly that version.

        Raises:
            SupersededError: The object is no longer at that version (changed, deleted, or growing
                while it was read).
            DocumentError: `unreadable` (permissions) or `too_large`.
        """

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[ObjectVersion]:
        """Everything under a prefix, sidecars included, in key order: what comes after a key."""

    def beside(self, document: DocumentId) -> Sequence[str]:
        """The keys of its folder that begin as this one does up to the first "." of its name.

        A key that differs from that in case only may be among them.
        """


@runtime_checkable
class GroupedLooks(Protocol):
    """A store of which several looks take less than one after another."""

    def side_by_side(
        self, look: Callable[[DocumentId], _Seen], documents: Sequence[DocumentId]
    ) -> Sequence[_Seen]:
        """Look at several documents, together.

        Returns:
            What was seen of each, in order. An error of a look is raised.
        """


class DocumentRegistry(Protocol):
    """One record a document, written only on condition that nobody wrote it meanwhile."""

    def get(self, document: DocumentId) -> DocumentRecord | None:
        """The document's record, a tombstone included."""

    def get_many(self, documents: Sequence[DocumentId]) -> dict[DocumentId, DocumentRecord]:
        """The records of those documents that have one."""

    def put(self, record: DocumentRecord) -> DocumentRecord:
        """Write a record whose `generation` is the one that was read (0: it must not exist yet).

        Returns:
            The record as written, with its new generation.

        Raises:
            ConflictError: The stored record has another generation; read it again.
        """

    def list(
        self,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
        deleted: bool = False,
    ) -> Sequence[DocumentRecord]:
        """Records in key order, those after a key: tombstones only, or none."""

    def remove(self, record: DocumentRecord) -> None:
        """Forget a document on the same condition as `put`."""


class RecordListing(Protocol):
    """Looking through a registry without reading all of it."""

    def list_for(
        self,
        scope: Scope,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[DocumentRecord]:
        """Records, without tombstones, that a scope permits, as far as the registry knows.

        In key order, keys compared in their composed form (NFC). What is read to find them is about
        as much as is returned, however many there are that the scope does not permit.
        """

    def counts(self) -> Mapping[tuple[DocumentStatus, frozenset[str]], int]:
        """How many records (tombstones left out) have each status and audiences."""


class RevisionStore(Protocol):
    """What ingest keeps of a revision: its text, for good; its batches, until they are indexed."""

    def put_text(self, document: DocumentId, revision: RevisionId, parsed: ParsedText) -> None:
        """Keep a revision's text; the same revision again replaces it."""

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText | None:
        """A revision's text, None where it is not kept."""

    def put_batch(self, batch: BatchReference, chunks: Sequence[Chunk]) -> None:
        """Stage a batch of chunks for embed."""

    def get_batch(self, batch: BatchReference) -> Sequence[Chunk] | None:
        """A staged batch, None once it was dropped."""

    def drop(
        self,
        document: DocumentId,
        *,
        build: str | None = None,
        keep: frozenset[RevisionId] | None = None,
    ) -> None:
        """Forget staged batches and texts.

        Args:
            document: Whose.
            build: Forget this build's batches only.
            keep: Without `build`: forget the texts of all revisions but these (None: of all), and
                all batches.
        """


class ChunkQueue(Protocol):
    """From chunk to embed."""

    def put(self, batches: Sequence[BatchReference], *, delay_seconds: float = 0.0) -> None:
        """Enqueue batches; delivered at least once, in any order, none before the delay is over.

        Args:
            batches: Which.
            delay_seconds: At most 900.
        """


class ChangeQueue(Protocol):
    """From the bucket (or a person's retry) to chunk."""

    def put(self, keys: Sequence[str], *, again: bool = False) -> None:
        """Enqueue the hint that these keys may have changed.

        Args:
            keys: Which.
            again: Build their newest revisions again even where they did not change.
        """

    def sweep(self, documents: Sequence[DocumentId], *, delay_seconds: float) -> None:
        """Enqueue that these documents' superseded chunks are looked for, after a delay.

        Args:
            documents: Whose.
            delay_seconds: At most 900.
        """


class Redelivery(Protocol):
    """When a message that could not be handled is delivered again."""

    def postpone(self, queue: str, receipt: str, seconds: float) -> None:
        """Have it delivered again after so long. Without success it is, some time or other.

        Args:
            queue: The name of the queue that delivered it.
            receipt: Of that delivery.
            seconds: At most 43,200.
        """


class PassageIndex(Protocol):
    """Where chunks are searched, by words and by vector.

    It holds the vectors of one embedder (`model_version`) at a time, and may for a while show too
    much (chunks of superseded builds, deleted documents): the retrieval service consults the
    registry for every hit.
    """

    def add(self, chunks: Sequence[IndexedChunk], model_version: str | None) -> None:
        """Add chunks; all of them, or none and an error.

        Args:
            chunks: Searchable by their words at once, by their vectors where they have one.
            model_version: Of the embedder that made the vectors; None where no chunk has one.

        Raises:
            ModelMismatchError: The index holds vectors of another model.
            StorageFullError, IndexUnavailableError: Nothing was added, or it is not known: write
                again under another token.
        """

    def search(self, query: PassageQuery, scope: Scope) -> PassageHits:
        """The best chunks of each leg among the documents that the scope permits.

        Raises:
            ModelMismatchError: The query's vector is of another model than the index's.
        """

    def delete(self, document: DocumentId, builds: frozenset[str]) -> int:
        """Delete the chunks that these builds of a document wrote. Returns how many.

        Builds are named rather than spared, because one that begins meanwhile must not be touched.
        """

    def update_access(
        self, document: DocumentId, audiences: frozenset[str], *, own: frozenset[str] | None
    ) -> None:
        """Make the pre-filter know who may read a document from now on.

        Args:
            document: Whose chunks.
            audiences: Who may read it, by the prefix rules and its sidecar.
            own: What its sidecar says of that; None where the rules alone decide. An index that is
                `RuleAware` puts this and the rules of the moment together itself.
        """

    def stats(self) -> IndexStats:
        """What the index holds."""


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """One search, both legs.

    Attributes:
        text: For the lexical leg.
        vector: For the vector leg, unit length; None leaves that leg out.
        model_version: Of the embedder that made `vector`.
        limit: Hits wanted from each leg.
        documents: Only within these, and within the scope; None is all of them.
    """

    text: str
    vector: Vector | None
    model_version: str | None
    limit: int = 50
    documents: frozenset[DocumentId] | None = None


@dataclass(frozen=True, slots=True)
class PassageHits:
    """Both legs' hits, best first; scores are BM25 and cosine."""

    lexical: tuple[Passage, ...]
    vector: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index holds.

    Attributes:
        model_version: Of the embedder whose vectors answer; None while the index is new.
        embedder: The setting that embedder was chosen with, so that it can be loaded again.
    """

    chunks: int
    model_version: str | None
    embedder: str | None = None


@runtime_checkable
class RuleAware(Protocol):
    """An index, or a counter of records, that looks at the prefix rules whenever it is asked.

    Others must be told the audiences of every document that a changed rule concerns.
    """

    @property
    def evaluates_rules(self) -> bool:
        """Always true."""


@runtime_checkable
class Lagging(Protocol):
    """An index that shows what was written, and hides what was deleted, only after a while."""

    @property
    def lag_seconds(self) -> float:
        """After so long a write is visible, for all that is known."""

    def visible(self, document: DocumentId, writes: frozenset[str]) -> int:
        """How many chunks of these writes a search can see now.

        Raises:
            IndexUnavailableError: The index did not answer.
        """


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """What an index holds of one document.

    Attributes:
        writes: Write token → how many of its chunks a search can see.
    """

    document: DocumentId
    writes: Mapping[str, int]


@runtime_checkable
class Inventoried(Protocol):
    """An index that can say which documents it holds."""

    def inventory(self, *, after: str = "", limit: int = 1000) -> Sequence[IndexedDocument]:
        """Documents in key order, those after a key.

        Raises:
            IndexUnavailableError: The index did not answer.
        """

    def inventory_of(self, documents: Sequence[DocumentId]) -> Mapping[DocumentId, IndexedDocument]:
        """Those of these documents that the index holds chunks of."""


@runtime_checkable
class Sweepable(Protocol):
    """An index that can be rid of what crashed writers left behind."""

    def sweep(self, document: DocumentId, *, keep: frozenset[str], before: float) -> int:
        """Delete a document's chunks added before a time, those of the writes in `keep` excepted.

        Returns:
            How many were deleted.
        """


@runtime_checkable
class Reembeddable(Protocol):
    """An index that can be moved to another embedder while the old vectors answer."""

    def adopt(self, model_version: str, embedder: str) -> None:
        """Answer with this model from now on.

        Raises:
            ModelMismatchError: Some chunks have no vector of that model yet.
        """

    def lacking(self, model_version: str, limit: int) -> Sequence[tuple[int, str]]:
        """Chunks without a vector of that model: the index's own id, and the text to embed."""

    def put_vectors(self, model_version: str, vectors: Mapping[int, Vector]) -> None:
        """Keep vectors of a coming model beside those that answer."""


class VectorCache(Protocol):
    """Vectors by content hash and model version, so that no text is embedded twice."""

    def get(self, model_version: str, hashes: Sequence[str]) -> dict[str, Vector]:
        """The cached vectors among these hashes."""

    def put(self, model_version: str, vectors: Mapping[str, Vector]) -> None:
        """Cache vectors."""


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

        Nothing at all, or `wellread.domain.prompting.DECLINE`, means that the passages do not
        answer the question.

        Raises:
            ModelUnavailableError: The model failed, timed out or is waking, before or amid the
                pieces.
        """


@runtime_checkable
class Chat(Protocol):
    """A generator that can be asked anything, not only a question with its passages."""

    def complete(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The whole reply to chat messages, each with a `role` and its `content`.

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


class Quoter(Protocol):
    """Answers in the documents' own words, without a model."""

    def answer(self, prompt: Prompt) -> Outcome:
        """Quotes of the prompt's passages with their citations, or a decline.

        Raises:
            TransientError: Try again.
        """


class Erasable(Protocol):
    """What keeps words of documents, beside the revisions themselves."""

    def erase(self, document: DocumentId) -> None:
        """Forget all words that may come from a document.

        May be called again: whoever dies over it has forgotten a part.
        """


class ThreadStore(Erasable, Protocol):
    """Threads and their turns. A thread belongs to the asker who started it.

    An erased turn keeps its number, and no words.
    """

    def start(self, asker: AskerId) -> ThreadId:
        """A new, empty thread."""

    def owner(self, thread: ThreadId) -> AskerId | None:
        """Who started the thread; None where there is no such thread."""

    def turns(self, thread: ThreadId, limit: int = 10) -> Sequence[Turn]:
        """The last turns, oldest first."""

    def append(
        self,
        reply: Reply,
        question: str,
        standalone: str,
        *,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Add `reply.turn` to `reply.thread`.

        Args:
            reply: What was answered.
            question: What was asked.
            standalone: What was searched for.
            drawn_on: Documents whose words are in it besides the reply's own.

        Raises:
            ConflictError: `reply.turn` is not the thread's next turn.
        """


class FeedbackStore(Erasable, Protocol):
    """Verdicts, one a turn: a later one replaces an earlier one.

    An erased one keeps its verdict, and no words.
    """

    def put(
        self,
        asker: AskerId,
        feedback: Feedback,
        *,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Keep a verdict.

        Args:
            asker: Whose.
            feedback: The verdict.
            drawn_on: Documents whose words may be in it: those of the turn.
        """

    def list(self) -> Sequence[Feedback]:
        """All verdicts, oldest first."""


class AccessRulesSource(Protocol):
    """The settings document's access rules."""

    def load(self) -> AccessRules:
        """The rules as they are now.

        Raises:
            InvalidConfigurationError: The document cannot be understood; nothing may be shown.
        """


class IdentityRulesSource(Protocol):
    """The settings document's identity rules: which callers belong to which audiences."""

    def identities(self) -> IdentityRules:
        """The rules as they are now.

        Raises:
            InvalidConfigurationError: The document cannot be understood; nobody may ask.
        """


class RateLimiter(Protocol):
    """How often one asker may ask."""

    def admit(self, asker: AskerId) -> float:
        """Count a question of an asker.

        Returns:
            0 where it may be asked; else seconds until one may be asked again.
        """


class ReceiptSink(Protocol):
    """Where people and programs are told what became of a dropped file."""

    def publish(self, receipt: Receipt) -> None:
        """Tell it, at least once.

        Raises:
            TransientError: It could not be told; deliver again what led to it.
        """


class ReportStore(Protocol):
    """Where the pieces and the report of a reconcile run are kept."""

    def put(self, run: str, name: str, text: str) -> str:
        """Keep a piece of a run, in place of one of the same name.

        Returns:
            Where it is, for a person.
        """

    def get(self, run: str, name: str) -> str | None:
        """A piece of a run, None where there is none of that name."""

    def names(self, run: str) -> Sequence[str]:
        """The names of a run's pieces, sorted."""


class DeadLetter(Protocol):
    """A message that was delivered in vain."""

    @property
    def body(self) -> str:
        """The message."""

    @property
    def sent_at(self) -> float:
        """When it was first put into its queue, seconds since the epoch."""


class DeadLetters(Protocol):
    """What became of a queue's messages that were delivered too often."""

    def depth(self) -> int:
        """How many there are, as far as is known."""

    def dead(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Some of them, oldest first as far as is known; they stay."""

    def redrive(self) -> int:
        """Give every dead letter a new start in its queue. Returns how many, as far as is known."""


class Meter(Protocol):
    """Counts what happens, for dashboards and alarms."""

    def add(self, name: str, value: float, unit: str = "Count") -> None:
        """Add to a metric; units as CloudWatch names them."""


class DocumentParser(Protocol):
    """From what the bucket holds to its text, safely."""

    def parse(self, version: ObjectVersion) -> ParsedText:
        """The text of exactly that version, whatever its file does to its reader.

        Raises:
            SupersededError: The object is no longer at that version.
            TransientError: Nothing was learnt about the file.
            DocumentError: With the code that says why there is no text.
        """


class FileParser(Protocol):
    """Bytes to text, safely."""

    def parse(self, name: str, data: bytes) -> ParsedText:
        """The text of a file, whatever the file does to its reader.

        Args:
            name: The file's name, a hint among text formats.
            data: Its content.

        Raises:
            DocumentError: With the code that says why there is no text.
        """


class LentObjects(Protocol):
    """Objects of a storage that somebody else lent for a while, by an address each."""

    def get(self, address: str, size: int) -> bytes:
        """An object's content.

        Args:
            address: Where.
            size: How many bytes there must be.

        Raises:
            LendingError: It cannot be had, or is of another size.
        """

    def put(self, address: str, data: bytes) -> None:
        """Write an object that is not there yet.

        Raises:
            LendingError: It cannot be written.
        """


class Clock(Protocol):
    """The time, so that tests can set it."""

    def __call__(self) -> float:
        """Seconds since the epoch."""
