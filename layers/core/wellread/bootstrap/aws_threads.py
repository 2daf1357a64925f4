"""What is in the threads table on AWS: turns, and all that people say and make of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wellread.bootstrap.aws_secrets import AwsSecrets
from wellread.bootstrap.once import once

if TYPE_CHECKING:
    from wellread.adapters.aws.dynamodb_cases import DynamoCaseStore, DynamoReviewedAnswers
    from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore
    from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore
    from wellread.adapters.aws.dynamodb_unanswered import DynamoUnansweredQuestions
    from wellread.adapters.aws.eventbridge_gaps import EventBridgeGapNews
    from wellread.ports.ask import Erasable


class AwsThreads(AwsSecrets):
    """The ports of it."""

    @property
    def erasables(self) -> Sequence[Erasable]:
        """Turns, and what was said of them."""
        return (self.threads, self.verdicts, self.cases, self.reviewed, self.unanswered)

    @once
    def threads(self) -> DynamoThreadStore:
        """Threads and their turns."""
        from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore

        return DynamoThreadStore(self._client("dynamodb"), self._table, clock=self.clock)

    @once
    def verdicts(self) -> DynamoFeedbackStore:
        """What people said about turns."""
        from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore

        return DynamoFeedbackStore(self._client("dynamodb"), self._table)

    @once
    def cases(self) -> DynamoCaseStore:
        """Replies that did not help."""
        from wellread.adapters.aws.dynamodb_cases import DynamoCaseStore

        return DynamoCaseStore(self._client("dynamodb"), self._table)

    @once
    def reviewed(self) -> DynamoReviewedAnswers:
        """Answers that somebody reviewed."""
        from wellread.adapters.aws.dynamodb_cases import DynamoReviewedAnswers

        return DynamoReviewedAnswers(self._client("dynamodb"), self._table)

    @once
    def unanswered(self) -> DynamoUnansweredQuestions:
        """What the documents did not answer."""
        from wellread.adapters.aws.dynamodb_unanswered import DynamoUnansweredQuestions

        return DynamoUnansweredQuestions(self._client("dynamodb"), self._table, clock=self.clock)

    @once
    def gap_news(self) -> EventBridgeGapNews:
        """To the event bus."""
        from wellread.adapters.aws.event_bus import EventBus
        from wellread.adapters.aws.eventbridge_gaps import EventBridgeGapNews

        return EventBridgeGapNews(EventBus(self._client("events"), self._settings.event_bus))

    @property
    def _table(self) -> str:
        return self._named("threads_table")

    @abstractmethod
    def _named(self, setting: str) -> str:
        """The value of a setting that has to be there."""
