"""Questions that the documents did not answer, in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from wellread.adapters.aws.dynamodb_sources import Sources
from wellread.adapters.aws.dynamodb_tables import Item, Table
from wellread.domain.ask.gaps import Unanswered
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.operations import Clock
from wellread.wire.stored_unanswered import pack_unanswered, unpack_unanswered

_KEEP_DAYS = 90
_DAY_SECONDS = 86_400.0


class DynamoUnansweredQuestions:
    """`UnansweredQuestions` on the threads table.

    `pk` is "unanswered#<day>", so that no partition takes all; `sk` is "<microseconds>#<thread>#
    <turn>". They expire after 90 days, and so do the pointers from documents whose words may be in
    them ("missed#...", see `Sources`).
    """

    def __init__(self, client: Any, table: str, *, clock: Clock) -> None:
        """Keep questions in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            clock: The time.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._sources = Sources(self._table, "missed")
        self._clock = clock

    def note(self, asked: Unanswered) -> None:
        expires = {"expires": {"N": str(int(asked.at + _KEEP_DAYS * _DAY_SECONDS))}}
        day, name = _day(asked.at), f"{_micros(asked.at)}#{asked.thread}#{asked.turn}"
        self._sources.put(f"{day}#{name}", asked.drawn_on, expires)
        self._table.put(_key(day, name) | {"body": {"B": pack_unanswered(asked)}} | expires)

    def since(self, at: float) -> Sequence[Unanswered]:
        found = (unpack_unanswered(item["body"]["B"]) for item in self._items(at))
        last = {(each.thread, each.turn): each for each in found}
        return sorted(last.values(), key=lambda each: (each.at, each.thread, each.turn))

    def _items(self, at: float) -> Iterator[Item]:
        now = self._clock()
        first = _date(max(at, now - _KEEP_DAYS * _DAY_SECONDS))
        for days in range((_date(now) - first).days + 1):
            day = f"{first + timedelta(days):%Y-%m-%d}"
            yield from self._table.query(
                ConsistentRead=True,
                KeyConditionExpression="pk = :day AND sk >= :since",
                ExpressionAttributeValues={
                    ":day": {"S": f"unanswered#{day}"},
                    ":since": {"S": _micros(at)},
                },
            )

    def erase(self, document: DocumentId) -> None:
        """Forget every question that may hold words of a document."""

        def forget(pointed: str) -> None:
            day, _, name = pointed.partition("#")
            self._table.delete(_key(day, name))

        self._sources.erase(document, forget)


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _day(at: float) -> str:
    return f"{_date(at):%Y-%m-%d}"


def _micros(at: float) -> str:
    return f"{int(max(at, 0.0) * 1e6):020d}"


def _key(day: str, name: str) -> Item:
    return {"pk": {"S": f"unanswered#{day}"}, "sk": {"S": name}}
