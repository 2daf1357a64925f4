"""The use cases of what people say about replies, and of what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wellread.bootstrap.once import Lazy, once

if TYPE_CHECKING:
    from wellread.bootstrap.adapters import Adapters
    from wellread.bootstrap.services import Services
    from wellread.services.ask.cases import Cases
    from wellread.services.ask.correcting import Correcting
    from wellread.services.ask.feedback import FeedbackCollection
    from wellread.services.ask.gaps import Gaps
    from wellread.services.ask.passages import Passages
    from wellread.services.ask.reviewed import ReviewedAnswering


class FeedbackServices(Lazy):
    """Those of `Services`."""

    adapters: Adapters

    @once
    def feedback(self) -> FeedbackCollection:
        """Verdicts on replies."""
        from wellread.services.ask.feedback import FeedbackCollection

        adapters = self.adapters
        return FeedbackCollection(
            adapters.threads, adapters.verdicts, self.cases, clock=adapters.clock
        )

    @once
    def cases(self) -> Cases:
        """Replies that did not help."""
        from wellread.services.ask.cases import Cases

        return Cases(self.adapters.cases, self.passages)

    @once
    def reviewed(self) -> ReviewedAnswering:
        """Answers that somebody reviewed."""
        from wellread.services.ask.reviewed import ReviewedAnswering

        adapters = self.adapters
        return ReviewedAnswering(adapters.reviewed, self.passages, clock=adapters.clock)

    @once
    def correcting(self) -> Correcting:
        """From a case to a reviewed answer."""
        from wellread.services.ask.correcting import Correcting

        services = self._services
        return Correcting(
            self.cases,
            self.reviewed,
            self.passages,
            lambda: services.retrieval,
            self.adapters.revisions,
            verifier=lambda: services.generators.verifier,
            clock=self.adapters.clock,
        )

    @once
    def gaps(self) -> Gaps:
        """What people ask that the documents do not answer."""
        from wellread.services.ask.gaps import Gaps

        adapters = self.adapters
        return Gaps(adapters.unanswered, self.passages, adapters.gap_news, clock=adapters.clock)

    @once
    def passages(self) -> Passages:
        """What was quoted some time ago."""
        from wellread.services.ask.passages import Passages

        adapters = self.adapters
        return Passages(adapters.registry, self._services.presence, adapters.revisions)

    @property
    def _services(self) -> Services:
        """The others, which `Services` adds to these."""
        return cast("Services", self)
