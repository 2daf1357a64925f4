"""Verdicts on replies in DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.dynamodb_sources import Sources
from wellread.adapters.aws.dynamodb_tables import Item, Table, as_key
from wellread.domain.ask.answers import Feedback, Verdict
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.operations import Clock
from wellread.wire.stored_form import pack, unpack

_PARTITION = "feedback"


class DynamoFeedbackStore:
    """A `FeedbackStore` on the threads table.

    `pk` is "feedback", so that all can be listed; `sk` is "<thread>#<turn>"; `body` is the
    verdict, `came` puts them in order. They do not expire: people's verdicts outlive the threads.
    Nor do the pointers from documents whose words may be in them ("judged#...", see `Sources`).
    """

    def __init__(self, client: Any, table: str, *, clock: Clock):
        """Keep verdicts in this table, with the time at which they came.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            clock: The time.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._sources = Sources(self._table, "judged")
        self._clock = clock

    def put(
        self,
        asker: AskerId,
        feedback: Feedback,
        *,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Keep a verdict; it replaces an earlier one on the same turn."""
        body = {
            "asker": asker,
            "thread": feedback.thread,
            "turn": feedback.turn,
            "verdict": feedback.verdict.value,
            "reason": feedback.reason,
            "correction": feedback.correction,
            "at": self._clock(),
        }
        name = as_key(f"{feedback.thread}#{feedback.turn}")
        self._sources.put(name, drawn_on, {})
        self._table.put(
            _key(name)
            | {
                "came": {"N": str(time.time_ns())},
                "body": {"B": pack(body)},
            }
        )

    def erase(self, document: DocumentId) -> None:
        """Forget the words of every verdict on a turn that drew on a document."""
        self._sources.erase(document, self._forget)

    def _forget(self, name: str) -> None:
        item = self._table.get(_key(name))
        if item is None:
            return
        body = unpack(item["body"]["B"]) | {"reason": None, "correction": None}
        self._table.update(
            _key(name),
            UpdateExpression="SET body = :body",
            ExpressionAttributeValues={":body": {"B": pack(body)}},
        )

    def list(self) -> Sequence[Feedback]:
        items = self._table.query(
            ConsistentRead=True,
            KeyConditionExpression="pk = :feedback",
            ExpressionAttributeValues={":feedback": {"S": _PARTITION}},
        )
        return [_feedback(item) for item in sorted(items, key=lambda item: int(item["came"]["N"]))]


def _key(name: str) -> Item:
    return {"pk": {"S": _PARTITION}, "sk": {"S": name}}


def _feedback(item: Item) -> Feedback:
    fields = unpack(item["body"]["B"])
    return Feedback(
        thread=ThreadId(fields["thread"]),
        turn=fields["turn"],
        verdict=Verdict(fields["verdict"]),
        reason=fields["reason"],
        correction=fields["correction"],
    )
