"""Threads and their turns in DynamoDB."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import islice
from typing import Any

from wellread.adapters.aws.dynamodb_sources import Sources
from wellread.adapters.aws.dynamodb_tables import Item, Table
from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import AskerId, Place, ThreadId, Turn
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, NotFoundError
from wellread.ports.operations import Clock
from wellread.wire import stored_threads
from wellread.wire.stored_form import pack, unpack

_HEAD = "thread"
_TURN = "turn#"
_KEEP_SECONDS = 90 * 86_400.0
_POINTS_LONGER_SECONDS = 7 * 86_400.0
"""DynamoDB deletes what expired within days, and in no order."""


class DynamoThreadStore:
    """A `ThreadStore` and `AskedQuestions`: an item for a thread, one for each turn beside it.

    `pk` is "thread#<id>"; `sk` is "thread" (with its owner as `asker`) or "turn#<number>" (with
    `body` and `reply`, the reply's correlation id). All expire some time after the last turn, and
    the pointers from the documents that a turn draws on ("drawn#...", see `Sources`) after that.
    A pointer from who asked leads to each turn, too: "asked#<SHA-256 of the asker>", by time.
    """

    def __init__(
        self, client: Any, table: str, *, clock: Clock, keep_seconds: float = _KEEP_SECONDS
    ):
        """Keep threads in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            clock: The time.
            keep_seconds: How long a thread is kept in which nothing happens.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._sources = Sources(self._table, "drawn")
        self._clock = clock
        self._keep_seconds = keep_seconds

    def start(self, owner: AskerId | Place) -> ThreadId:
        thread = stored_threads.id_of(owner)
        there_is_one = self._table.put(
            self._head(thread)
            | {"asker": {"B": stored_threads.pack_owner(owner)}}
            | self._expiry(),
            ConditionExpression="attribute_not_exists(pk)",
        )
        if there_is_one is not None:
            self._keep(thread)
        return thread

    def owner(self, thread: ThreadId) -> AskerId | Place | None:
        head = self._table.get(self._head(thread)) if _is_ours(thread) else None
        return None if head is None else stored_threads.unpack_owner(head["asker"]["B"])

    def turns(self, thread: ThreadId, limit: int = 10) -> Sequence[Turn]:
        if not _is_ours(thread) or limit < 1:
            return []
        last_first = self._table.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=limit,
            KeyConditionExpression="pk = :thread AND begins_with(sk, :turn)",
            ExpressionAttributeValues={":thread": _partition(thread), ":turn": {"S": _TURN}},
        )
        return [_turn(item) for item in reversed(list(islice(last_first, limit)))]

    def append(
        self,
        reply: Reply,
        question: str,
        standalone: str,
        *,
        asker: AskerId,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Add `reply.turn` to `reply.thread`; the same reply again replaces its turn.

        Raises:
            NotFoundError: There is no such thread.
            ConflictError: `reply.turn` is not the thread's next turn.
        """
        last = self._last(reply.thread)
        if last is None:
            raise NotFoundError("There is no such thread. Ask without one to start a new one.")
        if last["sk"]["S"] > _sort_key(reply.turn):
            raise _gone_on()
        sources = reply.drawn_on | drawn_on
        body = stored_threads.body_of(reply, question, standalone, asker=asker, drawn_on=sources)
        correlation = {"B": pack(reply.correlation_id)}
        item = {
            "pk": _partition(reply.thread),
            "sk": {"S": _sort_key(reply.turn)},
            "reply": correlation,
            "body": {"B": pack(body)},
        }
        name = f"{reply.thread}#{reply.turn}"
        self._sources.put(name, sources, self._expiry(_POINTS_LONGER_SECONDS))
        at = f"{int(self._clock() * 1e6):020d}"
        pointer = {"pk": _asker(asker), "sk": {"S": f"{at}#{name}"}}
        self._table.put_many([pointer | self._expiry()])
        refused = self._table.put(
            item | self._expiry(),
            ConditionExpression="attribute_not_exists(pk) OR reply = :reply",
            ExpressionAttributeValues={":reply": correlation},
        )
        if refused is not None:
            raise _gone_on()
        self._keep(reply.thread)

    def asked_by(self, asker: AskerId, limit: int = 10) -> Sequence[Turn]:
        last_first = self._table.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=2 * limit,
            KeyConditionExpression="pk = :asker",
            ExpressionAttributeValues={":asker": _asker(asker)},
        )
        found: dict[str, Turn] = {}
        for pointer in last_first if limit > 0 else ():
            name = pointer["sk"]["S"].partition("#")[2]
            if name in found:
                continue
            item = self._table.get(_key_of(name))
            turn = None if item is None else _turn(item)
            # A pointer may be of a turn whose place another asker's took, or whose words went.
            if turn is not None and turn.asker == asker and not turn.erased:
                found[name] = turn
            if len(found) == limit:
                break
        return list(found.values())

    def erase(self, document: DocumentId) -> None:
        """Forget the words of every turn that draws on a document."""
        self._sources.erase(document, lambda name: self._forget(name, document))

    def _forget(self, name: str, document: DocumentId) -> None:
        key = _key_of(name)
        item = self._table.get(key)
        # Where another reply took the turn's place, the pointer is of one that was never kept.
        if item is None or document not in _turn(item).drawn_on:
            return
        self._table.update(
            key,
            UpdateExpression="SET body = :body",
            ConditionExpression="attribute_exists(pk)",  # or an expired turn would be made anew
            ExpressionAttributeValues={
                ":body": {"B": pack(stored_threads.without_words(unpack(item["body"]["B"])))}
            },
        )

    def _last(self, thread: ThreadId) -> Item | None:
        """The last turn, or the thread where it has none: turns sort behind it."""
        if not _is_ours(thread):
            return None
        last_first = self._table.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=1,
            KeyConditionExpression="pk = :thread",
            ExpressionAttributeValues={":thread": _partition(thread)},
        )
        return next(last_first, None)

    def _keep(self, thread: ThreadId) -> None:
        self._table.update(
            self._head(thread),
            UpdateExpression="SET expires = :expires",
            ConditionExpression="attribute_exists(pk)",  # or it would be made anew
            ExpressionAttributeValues={":expires": self._expiry()["expires"]},
        )

    def _head(self, thread: ThreadId) -> Item:
        return {"pk": _partition(thread), "sk": {"S": _HEAD}}

    def _expiry(self, later_seconds: float = 0.0) -> Item:
        return {"expires": {"N": str(int(self._clock() + self._keep_seconds + later_seconds))}}


def _is_ours(thread: str) -> bool:
    """Whether `start` can have made it; anything else that is asked for may be no key at all."""
    return re.fullmatch("[0-9a-f]{32}", thread) is not None


def _partition(thread: ThreadId) -> dict[str, str]:
    return {"S": f"thread#{thread}"}


def _asker(asker: AskerId) -> dict[str, str]:
    return {"S": f"asked#{hashlib.sha256(pack(asker)).hexdigest()}"}


def _key_of(name: str) -> Item:
    """The key of a turn that pointers call "<thread>#<number>"."""
    thread, _, number = name.partition("#")
    return {"pk": _partition(ThreadId(thread)), "sk": {"S": _sort_key(int(number))}}


def _sort_key(turn: int) -> str:
    return f"{_TURN}{turn:010d}"


def _gone_on() -> ConflictError:
    return ConflictError("The thread has gone on meanwhile; ask again.")


def _turn(item: Item) -> Turn:
    return stored_threads.turn_of(
        int(item["sk"]["S"].removeprefix(_TURN)), unpack(item["body"]["B"])
    )
