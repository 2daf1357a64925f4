"""The use cases of what people say about replies, and of what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.services.ask.cases import Cases
from wellread.services.ask.correcting import Correcting
from wellread.services.ask.feedback import FeedbackCollection
from wellread.services.ask.passages import Passages
from wellread.services.ask.reviewed import ReviewedAnswering

if TYPE_CHECKING:
    from wellread.bootstrap.services import Services


def feedback_of(services: Services) -> FeedbackCollection:
    """Takes verdicts on replies."""
    adapters = services.adapters
    return FeedbackCollection(
        adapters.threads, adapters.verdicts, services.cases, clock=adapters.clock
    )


def cases_of(services: Services) -> Cases:
    """Shows replies that did not help."""
    return Cases(services.adapters.cases, _passages_of(services))


def reviewed_of(services: Services) -> ReviewedAnswering:
    """Finds answers that somebody reviewed."""
    adapters = services.adapters
    return ReviewedAnswering(adapters.reviewed, _passages_of(services), clock=adapters.clock)


def correcting_of(services: Services) -> Correcting:
    """Makes reviewed answers."""
    adapters = services.adapters
    return Correcting(
        services.cases,
        services.reviewed,
        _passages_of(services),
        services.retrieval,
        adapters.revisions,
        verifier=services.generators.verifier,
        clock=adapters.clock,
    )


def _passages_of(services: Services) -> Passages:
    adapters = services.adapters
    return Passages(adapters.registry, services.presence, adapters.revisions)
