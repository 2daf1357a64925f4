"""From a file that somebody gives the bot to a document, where approvers let it in."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

from wellread.domain.access.chat_rules import PlatformRules
from wellread.domain.access.scope import personal
from wellread.domain.access.sidecars import bases_of
from wellread.domain.chat.events import FileDecided, FilesShared, MessageKey, SharedFile
from wellread.domain.chat.files import PendingFile, folder_of, kept_apart, problem_of, safe_name
from wellread.domain.chat.members import Standing
from wellread.domain.chat.replies import ReplyRecord, posted
from wellread.domain.chat.said import SaidApproval, SaidNotice
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.documents import DocumentId, document_digest, sidecar_key
from wellread.domain.knowledge.errors import NO_NAME, DeliveryError, DocumentError, FailureCode
from wellread.domain.text.harmless import harmless, visible_name
from wellread.ports.access import ChatRulesSource
from wellread.ports.chat import Platform, Target
from wellread.ports.ingest import DocumentDrop, DocumentStore
from wellread.services.chat.holding import Holding
from wellread.services.chat.saying import Sayings, key_beside

logger = logging.getLogger(__name__)

_LONGEST_NAME = 120
_NOT_SET_UP = (
    "I cannot take files here: no place is set up in which somebody is asked whether to add them. "
    "Whoever runs wellread can name one, and who may approve, in its settings."
)
_NO_MEMBER = "I take files from members only, and you are not one here, as far as I can look up."
_NOT_THEIRS = "Only those whom the settings name as approvers decide whether a file is added."
_WILL_TELL = "I asked whether it may be added, and will tell you what becomes of it."
_CANNOT_ASK = (
    "I could not ask whether it may be added: I have no access to the place for that. Whoever runs "
    "wellread can invite me there; then send it again."
)
FILES_ELSEWHERE = (
    "I take no files here, where others read along. If it is to become one of the documents, send "
    "it to me in a chat with me alone."
)
_TOO_LATE = "This request is not kept any more. Ask for the file to be sent again."


class Files:
    """Asks approvers about files, and puts what they let in among the documents.

    A file becomes a document that its giver alone may read: only they could see it where it was
    given.
    """

    def __init__(
        self,
        rules: ChatRulesSource,
        store: DocumentStore,
        drop: DocumentDrop,
        holding: Holding,
        sayings: Sayings,
        *,
        max_bytes: int,
    ) -> None:
        """No file was given yet.

        Args:
            rules: Say where approvers are asked, and who they are.
            store: Knows what is there already.
            drop: Takes the files.
            holding: Has them until somebody has decided.
            sayings: Say what is said once, and keep the requests.
            max_bytes: Larger ones are not taken.
        """
        self._rules = rules
        self._store = store
        self._drop = drop
        self._holding = holding
        self._sayings = sayings
        self._max_bytes = max_bytes

    def handle(
        self, event: FilesShared | FileDecided, platform: Platform, _attempt: Attempt
    ) -> None:
        """Ask about files; or do what was decided about one.

        Raises:
            TransientError: Deliver it again.
            PermanentError: The platform refuses what it is asked.
        """
        rules = self._rules.chat().of(event.key.platform)
        if isinstance(event, FileDecided):
            self._decide(event, platform, rules)
        elif event.direct:
            text = self._asked(event, platform, rules)
            target = Target(event.place, key_beside(event, "asked"), event.person)
            self._sayings.once(platform, target, SaidNotice(text))
        else:
            self._say_where(event, platform)

    def _say_where(self, event: FilesShared, platform: Platform) -> None:
        """Say where files are taken."""
        key = key_beside(event, "elsewhere")
        self._sayings.once(
            platform, Target(event.place, key, event.person), SaidNotice(FILES_ELSEWHERE)
        )

    def _asked(self, event: FilesShared, platform: Platform, rules: PlatformRules) -> str:
        """Ask about those files that can be taken; what the giver is told of all of them."""
        if not (rules.approvers and rules.approvals):
            return _NOT_SET_UP
        standings = platform.membership.standings([event.person])
        if standings.get(event.person) is not Standing.MEMBER:
            return _NO_MEMBER
        told = []
        for given in event.files:
            file = platform.files.described(event.key.team, given)
            problem = problem_of(file, self._max_bytes)
            if not problem:
                problem = self._request(event, platform, file, rules.approvals)
            told.append(f"{_shown(file)}: {problem}")
        return "\n".join(told)

    def _request(
        self, event: FilesShared, platform: Platform, file: SharedFile, approvals: str
    ) -> str:
        """Ask whether a file may be added; what its giver is told of that."""
        person = event.person
        request = replace(event.key, message=f"{event.key.message}:{file.id}").id
        key = _key(event.key, "file", request)
        place = replace(event.place, conversation=approvals, thread="")
        try:
            with self._sayings.taken_up(key) as taken:
                if taken is not None:
                    pending = PendingFile(file, person, event.place)
                    target = Target(place, key, person)
                    return self._say_request(platform, target, taken, pending) or _WILL_TELL
        except DeliveryError as error:
            logger.error("approvers cannot be asked", extra={"why": str(error)})
            self._holding.let_go(platform, person, request)
            return _CANNOT_ASK
        return _WILL_TELL

    def _say_request(
        self, platform: Platform, target: Target, record: ReplyRecord, pending: PendingFile
    ) -> str:
        """Ask, unless that was done; why it is not, for the giver, where the file cannot be had."""
        problem = ""
        if not record.note:
            request = target.key.message.partition(":")[2]
            file = self._holding.hold(platform, pending.file, pending.person, request)
            problem = file.problem
            if not problem:
                record = self._sayings.found(platform, target, record)
                said = SaidApproval(request, file, pending.person.id)
                written = platform.sink.write(target, said, record.references)
                note = replace(pending, file=file).as_note
                record = replace(posted(record, *written), note=note)
        self._sayings.replies.release(record)
        return problem

    def _decide(self, event: FileDecided, platform: Platform, rules: PlatformRules) -> None:
        approvers = (
            platform.membership.in_groups(event.key.team, [rules.approvers], [event.person])[
                rules.approvers
            ]
            if rules.approvers
            else frozenset()
        )
        if event.person.id not in approvers:
            self._sayings.tell(event, platform, _NOT_THEIRS)
            return
        with self._sayings.taken_up(_key(event.key, "file", event.request)) as taken:
            if taken is None:
                return
            if not taken.note:
                self._sayings.tell(event, platform, _TOO_LATE)
                self._sayings.replies.release(taken)
                return
            self._carry_out(event, platform, taken)

    def _carry_out(self, event: FileDecided, platform: Platform, record: ReplyRecord) -> None:
        pending = PendingFile.of_note(record.note)
        outcome, told = "Rejected", "was not approved, so it was not added."
        by = event.person.id if event.approved or not pending.key else ""
        # What was begun may be among the documents already: whoever approved it has decided.
        if event.approved or pending.key:
            outcome, told = "Approved", "was approved and is being read."
            try:
                record = self._add(pending, platform, record, event.request)
            except DocumentError as error:
                outcome = f"Approved, but not added. {error}"
                told = f"was approved, but could not be added. {error}"
        said = SaidApproval(event.request, pending.file, pending.person.id, by, outcome)
        references = record.references or (event.reference,)
        target = Target(event.place, record.key, pending.person)
        written = platform.sink.write(target, said, references)
        self._sayings.once(
            platform,
            Target(pending.place, _key(event.key, "decided", event.request), pending.person),
            SaidNotice(f"{_shown(pending.file)} {told}"),
        )
        self._holding.let_go(platform, pending.person, event.request)
        self._sayings.replies.finish(posted(record, *written))

    def _add(
        self, pending: PendingFile, platform: Platform, record: ReplyRecord, request: str
    ) -> ReplyRecord:
        """Put a file into the bucket, once, whatever happened to the worker before this one.

        Raises:
            DocumentError: It cannot be had, or not be put there.
        """
        begun = bool(pending.key)
        if not begun:
            pending = replace(pending, key=self._free_key(pending))
            record = self._sayings.replies.note(replace(record, note=pending.as_note))
        if not (begun and self._store.current(pending.key)):
            data = self._holding.content(platform, pending.file, pending.person, request)
            # First, or others might read the document for a moment.
            self._drop.put(sidecar_key(DocumentId(pending.key)), _sidecar(pending))
            self._remember(pending)
            self._drop.put(pending.key, data)
        return record

    def _free_key(self, pending: PendingFile) -> str:
        place, name = pending.place, safe_name(pending.file.name)
        folder = folder_of(place.platform, place.team, place.conversation)
        if bases_of(folder + name):
            raise DocumentError(FailureCode.UNSUPPORTED, *NO_NAME)  # it would restrict another one
        taken = self._store.beside(DocumentId(folder + name))
        free = folder + name not in taken and sidecar_key(DocumentId(folder + name)) not in taken
        return folder + (name if free else kept_apart(name, pending.file.id))

    def _remember(self, pending: PendingFile) -> None:
        """Keep who is told what becomes of a document."""
        place = pending.place
        key = key_of_given(place.platform, place.team, place.conversation, pending.key)
        with self._sayings.taken_up(key) as taken:
            if taken is not None:
                self._sayings.replies.release(replace(taken, note=pending.as_note))


def key_of_given(platform: str, team: str, conversation: str, document: str) -> MessageKey:
    """Under what is kept who gave a document: a `PendingFile` as the record's note."""
    return MessageKey(platform, team, conversation, f"document:{document_digest(document)}")


def _key(of: MessageKey, what: str, request: str) -> MessageKey:
    return replace(of, conversation="", message=f"{what}:{request}")


def _sidecar(pending: PendingFile) -> bytes:
    giver = pending.person
    said = {
        "title": visible_name(pending.file.name),
        "audience": [personal(giver.platform, giver.team, giver.id)],
    }
    return json.dumps({"metadataAttributes": said}).encode()


def _shown(file: SharedFile) -> str:
    return f"“{harmless(visible_name(file.name))[:_LONGEST_NAME]}”"
