"""What a fine-tuning run asks and looks into, made of a backend's services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.adapters.embedded.silent import SilentMeter
from wellread.bootstrap.models import verifier_of
from wellread.bootstrap.services import new_id
from wellread.domain.access.scope import members_of
from wellread.domain.ask.questions import Asker, AskerId
from wellread.domain.knowledge.documents import DocumentId
from wellread.services.ask.answering import Answering
from wellread.services.ask.reviewed import ReviewedAnswering
from wellread.services.tune.evaluating import Arms
from wellread.services.tune.forgetting import NothingReviewed, PassingThreads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wellread.bootstrap.services import Services
    from wellread.domain.tune.dataset_faults import Readable
    from wellread.services.ask.drafting import Generators


def arms_of(services: Services, audiences: Iterable[str]) -> Arms:
    """The arms, asked by those who belong to one of these audiences and to nothing else.

    What is asked leaves no trace among people's threads and figures.
    """
    adapters = services.adapters

    def answer_with(generators: Generators) -> Answering:
        return Answering(
            services.retrieval,
            services.documents,
            adapters.revisions,
            PassingThreads(),
            generators,
            ReviewedAnswering(NothingReviewed(), services.passages, clock=adapters.clock),
            passages=services.settings.passages,
            words=adapters.words,
            meter=SilentMeter(),
            new_id=new_id,
            clock=adapters.clock,
        )

    return Arms(
        answer_with,
        services.documents,
        services.retrieval.retrieve,
        services.generators.quoting,
        lambda generator: verifier_of(services.settings, generator),
        asker=Asker(AskerId("evaluation"), members_of(audiences)),
    )


def readable_in(services: Services) -> Readable:
    """Whether a document may be read by everybody of an audience, at this moment."""

    def readable(document: str, audience: str) -> bool:
        wanted = DocumentId(document)
        return wanted in services.retrieval.visible_documents([wanted], members_of([audience]))

    return readable
