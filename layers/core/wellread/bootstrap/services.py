"""The use cases that functions and hosts call, made of the ports of one backend.

Each is imported and made when it is first asked for: a function pays only for its own.
"""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING

from wellread.bootstrap.feedback_services import FeedbackServices
from wellread.bootstrap.once import once
from wellread.bootstrap.tune_services import TuneServices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wellread.adapters.chat.slack.front import SlackFront
    from wellread.adapters.chat.slack.install import SlackInstall
    from wellread.adapters.chat.slack.workspaces import Workspaces
    from wellread.adapters.chat.teams.front import TeamsFront
    from wellread.bootstrap.adapters import Adapters
    from wellread.domain.access.scope import Scope
    from wellread.domain.ask.links import Links
    from wellread.ports.chat import Platform
    from wellread.services.access.callers import Callers
    from wellread.services.access.presence import Presence
    from wellread.services.access.review import AccessReview
    from wellread.services.access.rules_in_force import Access
    from wellread.services.ask.answering import Answering
    from wellread.services.ask.drafting import Generators
    from wellread.services.ask.retrieval import Retrieval
    from wellread.services.chat.chat import Chat
    from wellread.services.chat.receipts import ChatReceipts
    from wellread.services.ingest.documents import Documents
    from wellread.services.ingest.embedder_choice import EmbedderChoice, Reembedding
    from wellread.services.ingest.embedding import BatchEmbedding
    from wellread.services.ingest.ingest_ports import IngestionPorts
    from wellread.services.ingest.ingestion import Ingestion
    from wellread.services.ingest.latest import Latest
    from wellread.services.ingest.reconciliation import Reconciliation
    from wellread.services.ingest.redriving import Redriving
    from wellread.services.ingest.sweeping import Sweeping
    from wellread.settings import Settings
    from wellread.wire.signed_links import SignedLinks


def new_id() -> str:
    """A new identifier: of a build, a write, a correlation."""
    return uuid.uuid4().hex


class Services(TuneServices, FeedbackServices):
    """The use cases, ready to be called, whatever they run on.

    Attributes:
        adapters: What they are made of.
        settings: Which models they use, and how.
        closing: What has to be ended with them, besides the ports.
    """

    def __init__(self, adapters: Adapters, settings: Settings) -> None:
        """Make nothing yet.

        Args:
            adapters: The ports.
            settings: Which models to use, and how.
        """
        super().__init__()
        self.adapters = adapters
        self.settings = settings
        self.closing = ExitStack()

    @once
    def ingestion(self) -> Ingestion:
        """From a hint to staged batches."""
        from wellread.services.ingest.ingestion import Ingestion

        adapters = self.adapters
        return Ingestion(
            self._ports, self.access, adapters.parser, clock=adapters.clock, new_id=new_id
        )

    @once
    def embedding(self) -> BatchEmbedding:
        """From staged batches to an index that answers with them."""
        from wellread.services.ingest.embedding import BatchEmbedding

        return BatchEmbedding(
            self._ports,
            self.access,
            self.choice.active,
            self.adapters.vectors,
            clock=self.adapters.clock,
            new_id=new_id,
            sleep=self.adapters.sleep,
        )

    @once
    def sweeping(self) -> Sweeping:
        """Deleting what counts for nothing any more."""
        from wellread.services.ingest.sweeping import Sweeping

        adapters = self.adapters
        return Sweeping(
            self._ports,
            self.access,
            clock=adapters.clock,
            erasables=(*adapters.erasables, self.lineage),
        )

    @once
    def reconciliation(self) -> Reconciliation:
        """Bucket, registry and index side by side."""
        from wellread.services.ingest.reconciliation import Reconciliation

        return Reconciliation(self._ports, self.adapters.reports, clock=self.adapters.clock)

    @once
    def redriving(self) -> Redriving:
        """A new start for dead letters."""
        from wellread.services.ingest.redriving import Redriving

        adapters = self.adapters
        return Redriving(adapters.dead_letters, adapters.registry, adapters.changes)

    @once
    def reembedding(self) -> Reembedding:
        """From one embedder to another."""
        from wellread.services.ingest.embedder_choice import Reembedding

        return Reembedding(self.adapters.index, self.choice)

    @once
    def choice(self) -> EmbedderChoice:
        """Which embedder answers."""
        from wellread.services.ingest.embedder_choice import EmbedderChoice

        adapters = self.adapters
        return EmbedderChoice(adapters.index, self.settings.embedder, adapters.load_embedder)

    @once
    def documents(self) -> Documents:
        """Documents as people see them."""
        from wellread.services.ingest.documents import Documents

        adapters = self.adapters
        return Documents(
            adapters.registry,
            adapters.registry,
            adapters.revisions,
            adapters.changes,
            self.access,
            self.presence,
            recipe=adapters.recipe,
        )

    @once
    def latest(self) -> Latest:
        """The newest documents, as people see them."""
        from wellread.services.ingest.latest import Latest

        return Latest(self.adapters.registry, self.access, self.presence)

    @once
    def retrieval(self) -> Retrieval:
        """Passages for a question."""
        from wellread.services.ask.retrieval import Retrieval

        adapters = self.adapters
        return Retrieval(
            adapters.index,
            adapters.registry,
            self.access,
            self.choice.active,
            presence=self.presence,
            clock=adapters.clock,
            meter=adapters.meter,
        )

    @once
    def generators(self) -> Generators:
        """Who can speak."""
        from wellread.bootstrap import models
        from wellread.bootstrap.local_models import LocalGenerator
        from wellread.services.ask.drafting import Generators
        from wellread.services.ask.quoting import Quoting

        model = models.model_of(self.settings)
        if isinstance(model, LocalGenerator):
            self.closing.callback(model.close)
        return Generators(
            quoting=Quoting(self.choice.wanted, self.adapters.revisions),
            model=model,
            tuned=self.tuned_speaker,
            verifier=models.verifier_of(self.settings, model),
        )

    @once
    def answering(self) -> Answering:
        """From a question to a reply."""
        from wellread.services.ask.answering import Answering

        adapters = self.adapters
        return Answering(
            self.retrieval,
            self.documents,
            adapters.revisions,
            adapters.threads,
            self.generators,
            self.reviewed,
            passages=self.settings.passages,
            words=adapters.words,
            meter=adapters.meter,
            new_id=new_id,
            clock=adapters.clock,
            gaps=self.gaps,
        )

    def chat_links(self, scope: Scope) -> Links:
        """What opens documents from a reply in a chat that these viewers see."""
        if self.signed_links:
            return self.signed_links.of(scope)
        from wellread.wire.document_links import links_below

        return links_below(self.settings.public_url or "")

    @once
    def signed_links(self) -> SignedLinks | None:
        """Links that open without a sign-in; None where links lead to the API as it is."""
        from wellread.wire.signed_links import SignedLinks

        secret = self.adapters.link_secret
        if secret is None:
            return None
        return SignedLinks(
            self.settings.public_url or "",
            lambda refused: secret.part("key", refused),
            self.adapters.clock,
        )

    @once
    def chat(self) -> Chat:
        """What is done about everything that happens in chats."""
        from wellread.bootstrap.chat_services import chat_of

        return chat_of(self)

    @once
    def chat_receipts(self) -> ChatReceipts:
        """What became of documents, told in chats."""
        from wellread.bootstrap.chat_beside import receipts_of

        return receipts_of(self)

    @once
    def platforms(self) -> Mapping[str, Platform]:
        """The chat platforms that are set up, by name."""
        from wellread.bootstrap.chat import platforms_of

        return platforms_of(self.adapters, self._workspaces, self.settings)

    @once
    def callers(self) -> Callers:
        """Who calls the API, and how often they may ask."""
        from wellread.services.access.callers import Callers

        return Callers(self.adapters.rules, self.adapters.limiter, self.settings.api_auth)

    @once
    def access_review(self) -> AccessReview:
        """Who may read what and why."""
        from wellread.services.access.review import AccessReview

        adapters = self.adapters
        return AccessReview(
            adapters.rules,
            adapters.registry,
            adapters.store,
            self.presence,
            adapters.words,
            adapters.rules,
        )

    @once
    def slack_front(self) -> SlackFront:
        """Takes what Slack sends."""
        from wellread.bootstrap.fronts import slack_front_of

        return slack_front_of(self.adapters, self._workspaces, self.settings)

    @once
    def teams_front(self) -> TeamsFront:
        """Takes what Teams sends."""
        from wellread.bootstrap.fronts import teams_front_of

        return teams_front_of(self.adapters, self.settings)

    @once
    def slack_install(self) -> SlackInstall:
        """Installs Slack's app in further workspaces."""
        from wellread.bootstrap.chat import slack_install_of

        return slack_install_of(self.adapters, self._workspaces, self.settings)

    @once
    def access(self) -> Access:
        """Who may read what, now."""
        from wellread.services.access.rules_in_force import Access

        return Access(self.adapters.rules, self.adapters.registry, self.adapters.index)

    @once
    def presence(self) -> Presence:
        """What the bucket holds at this moment."""
        from wellread.services.access.presence import Presence

        return Presence(self.adapters.looks, self.access)

    @once
    def _workspaces(self) -> Workspaces | None:
        from wellread.bootstrap.chat import workspaces_of

        adapters = self.adapters
        return workspaces_of(adapters.slack_secret, adapters.slack_installations, adapters.clock)

    @once
    def _ports(self) -> IngestionPorts:
        from wellread.services.ingest.ingest_ports import IngestionPorts

        adapters = self.adapters
        return IngestionPorts(
            store=adapters.store,
            registry=adapters.registry,
            revisions=adapters.revisions,
            changes=adapters.changes,
            chunks=adapters.chunks,
            index=adapters.index,
            receipts=adapters.receipts,
            meter=adapters.meter,
            words=adapters.words,
            recipe=adapters.recipe,
        )
