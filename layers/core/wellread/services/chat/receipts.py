"""What became of files, told in chats: to who gave one, and in places that want to know."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

from wellread.domain.ask.questions import Place
from wellread.domain.chat.digests import EDIT_SECONDS, Digest
from wellread.domain.chat.events import MessageKey, Person
from wellread.domain.chat.files import PendingFile, conversation_of
from wellread.domain.chat.replies import posted
from wellread.domain.chat.said import SaidReceipts
from wellread.domain.ingest.receipts import Receipt, receipt_of
from wellread.domain.knowledge.documents import DocumentId, document_digest
from wellread.domain.knowledge.errors import DeliveryError, TransientError
from wellread.domain.knowledge.host_words import HostWords
from wellread.domain.text.harmless import harmless, visible_name
from wellread.ports.access import ChatRulesSource
from wellread.ports.chat import Platform, Target
from wellread.ports.ingest import DocumentRegistry
from wellread.ports.operations import Clock
from wellread.services.access.presence import Presence
from wellread.services.chat.files import key_of_given
from wellread.services.chat.saying import Sayings
from wellread.services.chat.viewers import Viewers

logger = logging.getLogger(__name__)

_MOST_NAMED = 5
_NOT_FOR_GIVER = "The access rules do not let you read it. Whoever runs wellread can change them."


class ChatReceipts:
    """Tells what the registry says of documents now, wherever their ends were heard of before.

    A place is told of those documents alone that all who read along there may see; the others are
    not even counted.
    """

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        rules: ChatRulesSource,
        registry: DocumentRegistry,
        presence: Presence,
        viewers: Viewers,
        sayings: Sayings,
        *,
        words: HostWords,
        clock: Clock,
        sleep: Callable[[float], None],
    ) -> None:
        """Nothing was told yet.

        Args:
            platforms: Those that are set up, by their names.
            rules: Say which places are told of which documents.
            registry: Knows how documents ended.
            presence: Knows which of them somebody may see now.
            viewers: Know who reads along in a place.
            sayings: Keep what was said.
            words: What people are told to do about a failure.
            clock: The time.
            sleep: Waits for so many seconds.
        """
        self._platforms = platforms
        self._rules = rules
        self._registry = registry
        self._presence = presence
        self._viewers = viewers
        self._sayings = sayings
        self._words = words
        self._clock = clock
        self._sleep = sleep

    def tell(self, documents: Sequence[DocumentId], *, last: bool) -> None:
        """Tell what became of documents that have come to an end.

        Args:
            documents: Which; what was told before is not told again.
            last: Whether this is the last attempt.

        Raises:
            TransientError: Something could not be told; deliver all of it again.
        """
        failed: TransientError | None = None
        for telling in self._tellings(documents, last=last):
            try:
                telling()
            except TransientError as error:
                failed = error
            except DeliveryError as error:
                logger.error("receipts cannot be told in a chat", extra={"why": str(error)})
        if failed is not None:
            raise failed

    def _tellings(
        self, documents: Sequence[DocumentId], *, last: bool
    ) -> Iterator[Callable[[], None]]:
        for name, platform in self._platforms.items():
            for document in documents:
                yield partial(self._to_giver, platform, document, last=last)
            for conversation, rules in self._rules.chat().of(name).places.items():
                for prefix in rules.receipts:
                    under = [each for each in documents if _is_under(prefix, each)]
                    if under:
                        place = Place(name, "", conversation, "")
                        yield partial(self._to_place, platform, place, prefix, under, last=last)

    def _to_giver(self, platform: Platform, document: DocumentId, *, last: bool) -> None:
        """Tell who gave a document in a chat, below the message that it came with."""
        where = conversation_of(document)
        if where is None or where[0] != platform.name:
            return
        team, conversation = unquote(where[1]), unquote(where[2])
        there = platform.of(team)
        if there is None:
            return
        platform = there
        kept = self._sayings.replies.look(key_of_given(platform.name, team, conversation, document))
        record = self._registry.get(document)
        receipt = receipt_of(record, self._words) if record else None
        if kept is None or record is None or receipt is None:
            return
        pending = PendingFile.of_note(kept.note)
        said = _said([(_shown(pending.file.name), receipt)])
        giver = self._viewers.alone(pending.person, platform.membership, last=last).scope
        if not receipt.failed and not self._presence.permitted({document: record}, giver):
            said = SaidReceipts(failed=((_shown(pending.file.name), _NOT_FOR_GIVER),))
        key = MessageKey(
            platform.name, team, conversation, f"receipt:{document_digest(receipt.id)}"
        )
        self._sayings.once(platform, Target(pending.place, key, pending.person), said)

    def _to_place(
        self,
        platform: Platform,
        place: Place,
        prefix: str,
        documents: Sequence[DocumentId],
        *,
        last: bool,
    ) -> None:
        """Tell a place, in the message that told of such documents just before, or a new one."""
        there = platform.of(place.team)
        if there is None:
            return
        platform = there
        key = MessageKey(place.platform, "", place.conversation, f"receipts:{prefix}")
        with self._sayings.taken_up(key) as taken:
            if taken is None:
                return
            before = Digest.of_note(taken.note)
            digest = before.with_more(documents, self._clock())
            references = taken.references if digest.number == before.number else ()
            # Noted before it is told: who dies in between leaves the documents to the next one.
            record = self._sayings.replies.note(
                replace(taken, note=digest.as_note, references=references)
            )
            # A clock that was put back makes nobody wait longer.
            self._sleep(min(max(0.0, digest.edited + EDIT_SECONDS - self._clock()), EDIT_SECONDS))
            said = self._seen_by_all(platform, place, prefix, digest, last=last)
            shown = document_digest(repr(said))
            if shown != digest.shown and (references or said.told):
                message = replace(key, message=f"{key.message}:{digest.number}")
                target = Target(place, message, Person(place.platform, "", ""))
                if not references and record.may_be_there:
                    references = tuple(platform.sink.find(target))
                written = platform.sink.write(target, said, references)
                digest = replace(digest, shown=shown, edited=self._clock())
                record = posted(replace(record, note=digest.as_note), *written)
            self._sayings.replies.release(record)

    def _seen_by_all(
        self, platform: Platform, place: Place, prefix: str, digest: Digest, *, last: bool
    ) -> SaidReceipts:
        """What became of those documents that all may see who read along."""
        scope = self._viewers.of_place(place, platform.membership, last=last).scope
        visible = self._presence.listed(self._registry.get_many(digest.documents), scope)
        ends = (
            (_shown(each.removeprefix(prefix)), receipt_of(visible[each], self._words))
            for each in digest.documents
            if each in visible
        )
        return _said([(name, end) for name, end in ends if end is not None], where=prefix)


def _is_under(prefix: str, document: DocumentId) -> bool:
    return unicodedata.normalize("NFC", document).startswith(prefix)


def _said(ends: Sequence[tuple[str, Receipt]], *, where: str = "") -> SaidReceipts:
    indexed = [name for name, end in ends if not end.failed]
    failed = [(name, f"{end.reason} {end.fix}") for name, end in ends if end.failed]
    return SaidReceipts(
        indexed=len(indexed),
        failed=tuple(failed),
        some=tuple(indexed[:_MOST_NAMED]),
        where=harmless(visible_name(where)),
    )


def _shown(name: str) -> str:
    return harmless(visible_name(name))
