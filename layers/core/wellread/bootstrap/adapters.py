"""The outside of wellread: one port each, which every backend fills in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from wellread.domain.ingest.recipes import Recipe
from wellread.domain.knowledge.host_words import HostWords
from wellread.ports.access import (
    AccessRulesSource,
    ChatRulesSource,
    IdentityRulesSource,
    RateLimiter,
)
from wellread.ports.ask import (
    AskedQuestions,
    CaseStore,
    Erasable,
    FeedbackStore,
    GapNews,
    ReviewedAnswers,
    ThreadStore,
    UnansweredQuestions,
)
from wellread.ports.chat import HeldFiles, QuestionQueue, ReplyLedger
from wellread.ports.index import PassageIndex, VectorCache
from wellread.ports.ingest import (
    ChangeQueue,
    ChunkQueue,
    DocumentDrop,
    DocumentParser,
    DocumentRegistry,
    DocumentStore,
    ReceiptSink,
    RecordListing,
    Redelivery,
    RevisionStore,
)
from wellread.ports.models import Embedder
from wellread.ports.operations import Clock, DeadLetters, Meter, ReportStore, Secret
from wellread.ports.tune import ModelRegistry

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.workspaces import Installations


class KnownDocuments(DocumentRegistry, RecordListing, Protocol):
    """A registry that can list for somebody."""


class SettingsDocument(AccessRulesSource, IdentityRulesSource, ChatRulesSource, Protocol):
    """Who may read what, who belongs to which audiences, and what happens in chats."""


class Threads(ThreadStore, AskedQuestions, Protocol):
    """Threads, whose turns are found by who asked, too."""


class Adapters(Protocol):
    """One backend. Nothing is opened before it is asked for.

    A test, or a command that needs another one, sets a port before anything is made of it.
    """

    clock: Clock
    sleep: Callable[[float], None]
    load_embedder: Callable[[str], Embedder]
    words: HostWords

    @property
    def store(self) -> DocumentStore:
        """The documents, as ingest reads them."""

    @property
    def drop(self) -> DocumentDrop:
        """The documents, as they are put there."""

    @property
    def looks(self) -> DocumentStore:
        """The documents, as those look at them who only show what may be shown."""

    @property
    def parser(self) -> DocumentParser:
        """Reads documents."""

    @property
    def recipe(self) -> Recipe:
        """What documents are read and cut up with."""

    @property
    def registry(self) -> KnownDocuments:
        """What is known of the documents."""

    @property
    def revisions(self) -> RevisionStore:
        """Texts and staged batches."""

    @property
    def changes(self) -> ChangeQueue:
        """To chunk."""

    @property
    def chunks(self) -> ChunkQueue:
        """To embed."""

    @property
    def redelivery(self) -> Redelivery:
        """When a message that could not be handled comes again."""

    @property
    def dead_letters(self) -> Mapping[str, DeadLetters]:
        """Those of each queue, by its name.

        The question queue's are not among them: who asked in vain was told so, and nobody waits
        for a reply any more.
        """

    @property
    def questions(self) -> QuestionQueue:
        """What happens in chats, to answer."""

    @property
    def ledger(self) -> ReplyLedger:
        """How far the replies in chats are."""

    @property
    def held(self) -> HeldFiles:
        """Files from chats that nobody has decided about yet."""

    @property
    def receipts(self) -> ReceiptSink:
        """Told how every revision ends."""

    @property
    def index(self) -> PassageIndex:
        """Where chunks are searched."""

    @property
    def vectors(self) -> VectorCache:
        """Vectors of texts that were embedded before."""

    @property
    def rules(self) -> SettingsDocument:
        """The settings document."""

    @property
    def limiter(self) -> RateLimiter:
        """How often one asker may ask."""

    @property
    def threads(self) -> Threads:
        """Threads and their turns."""

    @property
    def verdicts(self) -> FeedbackStore:
        """What people said about turns."""

    @property
    def cases(self) -> CaseStore:
        """Replies that did not help."""

    @property
    def reviewed(self) -> ReviewedAnswers:
        """Answers that somebody reviewed."""

    @property
    def gap_news(self) -> GapNews:
        """Where reports of gaps go by themselves."""

    @property
    def unanswered(self) -> UnansweredQuestions:
        """What the documents did not answer."""

    @property
    def models(self) -> ModelRegistry:
        """Tuned models."""

    @property
    def erasables(self) -> Sequence[Erasable]:
        """All that keeps words of documents beside the revisions."""

    @property
    def datasets(self) -> ReportStore:
        """What models are tuned on."""

    @property
    def reports(self) -> ReportStore:
        """Reports of reconcile."""

    @property
    def slack_secret(self) -> Secret | None:
        """Slack's `signing_secret` and `bot_token`; None where Slack is off."""

    @property
    def teams_secret(self) -> Secret | None:
        """The `client_secret` of the bot in Teams; None where Teams is off."""

    @property
    def slack_installations(self) -> Installations | None:
        """Tokens of workspaces; None where there is but the one of `bot_token`."""

    @property
    def link_secret(self) -> Secret | None:
        """The `key` of signed links; None where links lead to the API as it is."""

    @property
    def meter(self) -> Meter:
        """Counts what happens."""
