"""From a message in a chat to one good reply in its thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from wellread.domain.access.chat_rules import FollowUp
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import AnswerEvent, DeltaEvent, ReplyEvent, StatusEvent
from wellread.domain.ask.links import Links
from wellread.domain.ask.questions import Asker, Mode, Question
from wellread.domain.chat.events import AnswerShared, QuestionAsked, QuestionDeleted
from wellread.domain.chat.replies import ReplyRecord, posted
from wellread.domain.chat.said import Said, SaidNotice, SaidReply
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import (
    DeliveryError,
    InvalidConfigurationError,
    InvalidQuestionError,
    TooManyQuestionsError,
    TransientError,
    WellreadError,
)
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.access import ChatRulesSource, RateLimiter
from wellread.ports.ask import ThreadStore
from wellread.ports.chat import Platform, ReplyStream, Target
from wellread.ports.operations import Meter
from wellread.services.ask.answering import Answering
from wellread.services.chat.files import FILES_ELSEWHERE
from wellread.services.chat.ledger import Replies
from wellread.services.chat.saying import Sayings, with_found
from wellread.services.chat.viewers import SeenBy, Viewers

logger = logging.getLogger(__name__)

LOOKING = "is looking in the documents…"
"""The first that an asker sees."""

_LOOKED_UP = 1
"""So many attempts wait for it to be learnt who reads along."""

NARROWED = (
    "I could not look up everybody who reads this, so I used only what may certainly be shown here."
)

NOT_SHARED = (
    "I may not speak in this conversation, so I could not show the answer here. Add me to it, ask "
    "again, and share that answer."
)


class Questions:
    """Answers questions where they were asked.

    Whatever happens to a worker, the next delivery of the same question goes on with the reply that
    can be seen already.
    """

    def __init__(
        self,
        answering: Callable[[], Answering],
        threads: ThreadStore,
        viewers: Viewers,
        rules: ChatRulesSource,
        sayings: Sayings,
        limiter: RateLimiter,
        *,
        links: Callable[[Scope], Links],
        meter: Meter,
    ) -> None:
        """Nothing is asked yet.

        Args:
            answering: Makes who answers, which takes long to load, once it is needed.
            threads: Know whether a thread was answered in before.
            viewers: Know who will see a reply.
            rules: Say what is answered without a mention, and whether a human can be asked.
            sayings: Remember how far each reply is.
            limiter: Says how often one may ask.
            links: What opens documents for those who see a reply.
            meter: Counts replies that could not be given.
        """
        self._answering = answering
        self._threads = threads
        self._viewers = viewers
        self._rules = rules
        self._sayings = sayings
        self._limiter = limiter
        self._links = links
        self._meter = meter

    def handle(self, event: QuestionAsked, platform: Platform, attempt: Attempt) -> None:
        """Reply to a question, or go on with a reply.

        Raises:
            TransientError: Deliver it again; on the last attempt only where nothing can be said.
            DeliveryError: The platform lets nobody say anything.
        """
        if not event.addressed and not self._follows(event):
            return
        with self._work_at(event, platform) as work:
            if work is None or work.record.withdrawn:
                return
            try:
                self._answer(event, work, attempt)
            except DeliveryError:
                raise
            except TransientError as error:
                if not attempt.last:
                    raise
                logger.error("a question gets no answer", extra={"why": str(error)})
                work.look_again()
                self._apologise(work, event)
            except Exception:
                logger.exception("a question gets no answer")
                self._apologise(work, event)

    def share(self, event: AnswerShared, platform: Platform, attempt: Attempt) -> None:
        """Answer for all in a place what somebody asked alone: with what all may see there.

        Raises:
            TransientError: As `handle`.
        """
        asked = QuestionAsked(
            event.key,
            event.place,
            event.person,
            direct=event.direct,
            external=event.external,
            correlation=event.correlation,
            at=event.at,
            text=event.text,
        )
        try:
            self.handle(asked, platform, attempt)
        except DeliveryError as error:
            # One can ask alone where the bot may not speak.
            logger.warning("an answer is not shared", extra={"why": str(error)})
            self._sayings.tell(event, platform, NOT_SHARED)

    def give_up(self, event: QuestionAsked, platform: Platform) -> None:
        """Say that a question could not be answered, once it was delivered in vain too often.

        Raises:
            TransientError, DeliveryError: Nothing can be said.
        """
        if not event.addressed and not self._follows(event):
            return
        with self._work_at(event, platform) as work:
            if work is not None and not work.record.withdrawn:
                self._apologise(work, event)

    def withdraw(self, event: QuestionDeleted, platform: Platform, _attempt: Attempt) -> None:
        """Take the reply to a deleted question back, unless people replied to it."""
        record = self._sayings.replies.withdraw(event.key)
        if record.references:
            target = Target(event.place, event.key, event.person)
            platform.sink.remove(target, record.references)

    @contextmanager
    def _work_at(self, event: QuestionAsked, platform: Platform) -> Iterator[_Work | None]:
        """A hold on the reply, which is done then; None where it was done before.

        Of a question that was deleted meanwhile nothing stays.
        """
        target = target_of(event)
        with self._sayings.taken_up(event.key) as taken:
            if taken is None:
                yield None
                return
            record = self._sayings.found(platform, target, taken)
            work = _Work(self._sayings.replies, platform, target, record)
            yield work
            if platform.judged_by_message:
                self._sayings.replies.point(work.record)
            finished = self._sayings.replies.finish(work.record)
            if finished.withdrawn and finished.references:
                platform.sink.remove(target, finished.references)

    def _follows(self, event: QuestionAsked) -> bool:
        """Whether a message that is not addressed to the bot is answered all the same."""
        try:
            rules = self._rules.chat().of(event.key.platform)
        except InvalidConfigurationError as error:
            logger.warning("what is not said to the bot is left alone", extra={"why": str(error)})
            return False
        policy = rules.follow_up(event.place.conversation)
        if policy is FollowUp.MENTION or (policy is FollowUp.QUIET and event.to_others):
            return False
        thread = self._threads.start(event.place)
        return bool(self._threads.turns(thread, limit=1))

    def _answer(self, event: QuestionAsked, work: _Work, attempt: Attempt) -> None:
        work.status(LOOKING)
        if self._viewers.is_bot(event.person, work.platform.membership):
            work.status("")  # not every message of a bot says that it is one
            return
        try:
            if work.record.claims == 1:
                self._admit(event)
            # Whoever cannot be looked up again is done without: the asker waits.
            last = attempt.last or attempt.number > _LOOKED_UP
            seen = self._viewers.of(event, work.platform.membership, last=last)
            question = self._question(event, seen, work.platform)
            asked = self._answering().stream(question)
        except (InvalidQuestionError, TooManyQuestionsError) as error:
            work.write(SaidNotice(_with_files(event, str(error))))
            return
        said = self._said(event, work, seen, asked)
        work.write(said)
        if event.direct and not event.reply_url and said.reply.turn == 1:
            # The reply can be seen: a missing title is no reason to begin again.
            with suppress(WellreadError):
                work.platform.panes.entitle(event.place, event.text)

    def _said(
        self, event: QuestionAsked, work: _Work, seen: SeenBy, asked: Iterator[AnswerEvent]
    ) -> SaidReply:
        for step in asked:
            match step:
                case StatusEvent(text):
                    work.status(text)
                case DeltaEvent(text):
                    work.append(text)
                case ReplyEvent(reply):
                    work.record = replace(work.record, thread=reply.thread, turn=reply.turn)
                    rules = self._rules.chat().of(event.key.platform)
                    return SaidReply(
                        reply,
                        event.text,
                        notices=(NARROWED,) if seen.narrowed else (),
                        judged=reply.worth_a_verdict,
                        human=bool(rules.helpers) and reply.worth_a_verdict,
                        shareable=bool(event.reply_url) and not reply.declined,
                        asked_by="" if event.place.thread else event.person.id,
                    )
        raise RuntimeError("the answer came to no end")

    def _question(self, event: QuestionAsked, seen: SeenBy, platform: Platform) -> Question:
        # What is said in the open begins a thread: it goes on with nothing that was said before.
        # A chat that has no threads is one.
        begun = event.key.message if platform.threaded and not event.direct else ""
        place = replace(event.place, thread=event.place.thread or begun)
        rules = self._rules.chat().of(event.key.platform)
        only_reviewed = rules.only_reviewed(event.place.conversation)
        wanted = Mode(rules.mode_in(event.place.conversation))
        return Question(
            event.text,
            Asker(event.person.asker, seen.scope),
            Mode.RAG if only_reviewed else self._there(wanted, seen.scope),
            correlation_id=event.correlation,
            place=None if event.reply_url else place,
            links=self._links(seen.scope),
            only_reviewed=only_reviewed,
        )

    def _there(self, wanted: Mode, scope: Scope) -> Mode:
        """A mode, where something answers in it to all who see the reply; else from the documents.

        Nobody there chose it, so nobody is told that there is no such model, or none for them.
        """
        if wanted is Mode.RAG or wanted in self._answering().modes(scope):
            return wanted
        return Mode.RAG

    def _admit(self, event: QuestionAsked) -> None:
        seconds = self._limiter.admit(event.person.asker)
        if seconds > 0:
            raise TooManyQuestionsError(seconds)

    def _apologise(self, work: _Work, event: QuestionAsked) -> None:
        self._meter.add(Metric.QUESTIONS_GIVEN_UP, 1)
        work.write(SaidNotice(apology(event.correlation)))


def _with_files(event: QuestionAsked, why: str) -> str:
    """Why a question is not answered; where files are taken, too, where one may have come with it.

    Teams does not tell of files where others read along: all that is seen is an empty message.
    """
    may_have_come = not (event.text or event.direct or event.reply_url)
    return f"{why} {FILES_ELSEWHERE}" if may_have_come else why


def apology(correlation: str) -> str:
    """What an asker reads where something failed that is no fault of theirs."""
    return (
        "Sorry, I could not answer this: something that I need is not working at the moment. "
        "Please ask again in a few minutes. If it happens again, give the people who run "
        f"wellread this reference: {correlation}"
    )


def target_of(event: QuestionAsked) -> Target:
    """Where the reply to a question goes."""
    return Target(event.place, event.key, event.person, event.reply_url)


class _Work:
    """A worker's hold on one reply: what is shown of it, and what of that is noted down."""

    def __init__(
        self, replies: Replies, platform: Platform, target: Target, record: ReplyRecord
    ) -> None:
        self._replies = replies
        self.platform = platform
        self._target = target
        self.record = record
        self._stream: ReplyStream | None = None
        self._says_status = not record.references
        # Whoever comes second does not wait for a stream that may fail again.
        self._streams = not record.may_be_there

    def status(self, text: str) -> None:
        """Show what is being done, until there is something to read."""
        if self._says_status and self._stream is None:
            self.platform.sink.show_status(self._target, text)

    def append(self, text: str) -> None:
        """Show more of the reply, where the platform can."""
        if self._streams and self._stream is None:
            self._streams = False
            self._stream = self.platform.sink.stream(self._target, text)
            if self._stream is not None:
                self._note(posted(self.record, self._stream.reference))
        elif self._stream is not None:
            self._stream.append(text)

    def look_again(self) -> None:
        """Find what a call that failed may have said all the same."""
        self.record = with_found(self.platform, self._target, self.record)

    def write(self, said: Said) -> None:
        """Show the whole reply, where it still is this worker's."""
        self._note(self.record)
        written = self.platform.sink.write(self._target, said, self.record.references)
        self._note(posted(self.record, *written))

    def _note(self, record: ReplyRecord) -> None:
        self.record = self._replies.note(record)
