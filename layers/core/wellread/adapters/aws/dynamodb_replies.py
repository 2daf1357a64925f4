"""How far the replies in chats are, in DynamoDB."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from wellread.adapters.aws.dynamodb_tables import Item, Table
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord
from wellread.domain.knowledge.errors import ConflictError
from wellread.ports.operations import Clock
from wellread.wire.stored_replies import pack_reply, unpack_reply


class DynamoReplyLedger:
    """A `ReplyLedger` in a table of its own: an item a reply, under `pk`.

    The table's time to live deletes late, so what has expired counts as gone before it is.
    """

    def __init__(self, client: Any, table: str, *, clock: Clock):
        """Keep replies in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            clock: The time.
        """
        self._table = Table(client, table, "WELLREAD_REPLIES_TABLE")
        self._clock = clock

    def get(self, key: MessageKey) -> ReplyRecord | None:
        item = self._table.get(_key(key))
        if item is None or int(item["expires"]["N"]) <= self._clock():
            return None
        return unpack_reply(item["body"]["B"], int(item["generation"]["N"]))

    def put(self, record: ReplyRecord) -> ReplyRecord:
        written = replace(record, generation=record.generation + 1)
        item = _key(record.key) | {
            "generation": {"N": str(written.generation)},
            "expires": {"N": str(math.ceil(record.expires_at))},
            "body": {"B": pack_reply(record)},
        }
        now = {":now": {"N": str(self._clock())}}
        if record.generation == 0:
            refused = self._table.put(
                item,
                ConditionExpression="attribute_not_exists(pk) OR expires <= :now",
                ExpressionAttributeValues=now,
            )
        else:
            refused = self._table.put(
                item,
                ConditionExpression="generation = :read AND expires > :now",
                ExpressionAttributeValues=now | {":read": {"N": str(record.generation)}},
            )
        if refused is not None:
            raise ConflictError("Another worker wrote down how far this reply is; read it again.")
        return written


def _key(key: MessageKey) -> Item:
    return {"pk": {"S": key.id}}
