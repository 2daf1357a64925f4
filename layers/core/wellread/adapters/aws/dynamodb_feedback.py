"""What people said about replies, in DynamoDB."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.dynamodb_sources import Sources
from wellread.adapters.aws.dynamodb_tables import Item, Table, as_key
from wellread.domain.ask.answers import GivenFeedback
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError
from wellread.wire.stored_feedback import pack_given, unpack_given, without_words
from wellread.wire.stored_form import pack

_PARTITION = "feedback"
_TRIES = 5


class DynamoFeedbackStore:
    """A `FeedbackStore` on the threads table.

    `pk` is "feedback", so that all can be listed; `sk` is "<thread>#<turn>#<kind>#<SHA-256 of the
    asker>", or was "<thread>#<turn>" when there was one verdict a turn; `body` is what was said.
    They do not expire: people's verdicts outlive the threads. Nor do the pointers from documents
    whose words may be in them ("judged#...", see `Sources`).
    """

    def __init__(self, client: Any, table: str):
        """Keep feedback in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._sources = Sources(self._table, "judged")

    def put(
        self, given: GivenFeedback, *, drawn_on: frozenset[DocumentId] = frozenset()
    ) -> GivenFeedback:
        """Keep what somebody said, `after` what they said before; returns what is kept now.

        Raises:
            ConflictError: They say something else about it all the time.
        """
        said = given.feedback
        who = hashlib.sha256(pack(given.asker)).hexdigest()
        name = as_key(f"{said.thread}#{said.turn}#{said.kind}#{who}")
        self._sources.put(name, drawn_on, {})
        stored = self._table.get(_key(name))
        for _ in range(_TRIES):
            condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
            if stored:
                condition = {
                    "ConditionExpression": "body = :read",
                    "ExpressionAttributeValues": {":read": stored["body"]},
                }
            kept = given.after(_given(stored) if stored else None)
            stored = self._table.put(_key(name) | {"body": {"B": pack_given(kept)}}, **condition)
            if stored is None:
                return kept
        raise ConflictError("The verdict was changed again and again meanwhile. Try again.")

    def erase(self, document: DocumentId) -> None:
        """Forget the words of all that was said about a turn that drew on a document."""
        self._sources.erase(document, self._forget)

    def _forget(self, name: str) -> None:
        item = self._table.get(_key(name))
        if item is None:
            return
        self._table.update(
            _key(name),
            UpdateExpression="SET body = :body",
            ExpressionAttributeValues={":body": {"B": without_words(item["body"]["B"])}},
        )

    def list(self) -> Sequence[GivenFeedback]:
        items = self._table.query(
            ConsistentRead=True,
            KeyConditionExpression="pk = :feedback",
            ExpressionAttributeValues={":feedback": {"S": _PARTITION}},
        )
        last: dict[tuple[str, int, str, str], GivenFeedback] = {}
        for given in sorted(map(_given, items), key=lambda each: each.at):
            said = given.feedback
            # A verdict of before stands beside the later one of the same person.
            last[said.thread, said.turn, said.kind, given.asker] = given
        return sorted(last.values(), key=lambda each: each.at)


def _key(name: str) -> Item:
    return {"pk": {"S": _PARTITION}, "sk": {"S": name}}


def _given(item: Item) -> GivenFeedback:
    return unpack_given(item["body"]["B"])
