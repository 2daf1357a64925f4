"""The bot's own page: what it knows, what became of files, what one asked, as one may see it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from wellread.domain.access.scope import Scope
from wellread.domain.ask.links import Links
from wellread.domain.ask.questions import AskerId
from wellread.domain.ask.small_talk import small_talk
from wellread.domain.chat.events import HomeOpened
from wellread.domain.chat.files import folder_of
from wellread.domain.chat.said import Home, HomeDocument
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.ask import AskedQuestions
from wellread.ports.chat import Platform
from wellread.services.ask.guidance import Guidance
from wellread.services.chat.viewers import Viewers
from wellread.services.ingest.latest import Latest

logger = logging.getLogger(__name__)

FRESHEST, FILES, QUESTIONS, OFFERS = 5, 5, 5, 3
_ASKED = 20

_STATES = {
    DocumentStatus.RECEIVED: "Waiting to be read",
    DocumentStatus.PROCESSING: "Being read",
    DocumentStatus.INDEXED: "Searchable",
}


class HomePage:
    """Shows everybody their own page, of what they alone may see."""

    def __init__(
        self,
        latest: Latest,
        guidance: Guidance,
        asked: AskedQuestions,
        viewers: Viewers,
        *,
        links: Callable[[Scope], Links],
    ) -> None:
        """Show nothing yet.

        Args:
            latest: Knows the newest documents.
            guidance: Knows what can be asked.
            asked: Knows what was asked.
            viewers: Knows what somebody may see.
            links: What opens documents for them.
        """
        self._latest = latest
        self._guidance = guidance
        self._asked = asked
        self._viewers = viewers
        self._links = links

    def handle(self, event: HomeOpened, platform: Platform, attempt: Attempt) -> None:
        """Show the page to who opened it.

        Raises:
            TransientError: Deliver it again.
            DeliveryError: The platform refuses.
            InvalidConfigurationError: The settings document cannot be understood: the page is
                empty until it can.
        """
        try:
            home = self._home(event, platform, attempt)
        except InvalidConfigurationError:
            platform.panes.show_home(event.person, Home(0))
            raise
        platform.panes.show_home(event.person, home)

    def _home(self, event: HomeOpened, platform: Platform, attempt: Attempt) -> Home:
        seen = self._viewers.alone(event.person, platform.membership, last=attempt.last)
        scope, place = seen.scope, event.place
        links = self._links(scope)
        overview = self._latest.overview(scope, FRESHEST)
        folder = folder_of(place.platform, place.team, place.conversation)
        given = self._latest.under(scope, folder, FILES) if place.conversation else ()
        return Home(
            overview.documents,
            more=overview.more,
            freshest=tuple(
                _document(record, links, _since(record)) for record in overview.freshest
            ),
            files=tuple(_document(record, links, _state(record)) for record in given),
            questions=self._questions(event.person.asker),
            offers=tuple(self._guidance.offers(scope, OFFERS)),
        )

    def _questions(self, asker: AskerId) -> tuple[str, ...]:
        asked = (turn.question for turn in self._asked.asked_by(asker, _ASKED))
        questions = (question for question in asked if small_talk(question) is None)
        return tuple(dict.fromkeys(questions))[:QUESTIONS]


def _document(record: DocumentRecord, links: Links, state: str) -> HomeDocument:
    active = record.active
    name = (active.title if active else "") or record.document.rpartition("/")[2]
    link = links(record.document, active.text_id) if active else ""
    return HomeDocument(name, link, state)


def _since(record: DocumentRecord) -> str:
    if record.searchable_since is None:
        return ""
    return f"since {datetime.fromtimestamp(record.searchable_since, UTC):%d %B %Y}"


def _state(record: DocumentRecord) -> str:
    if record.failure is not None:
        return f"{record.failure.reason} {record.failure.fix}"
    return _STATES.get(record.status, "")
