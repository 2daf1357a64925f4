"""Cases and reviewed answers, in DynamoDB."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.dynamodb_sources import Sources
from wellread.adapters.aws.dynamodb_tables import Item, Table
from wellread.domain.ask.cases import Case, CaseId
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId, newest_first
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError
from wellread.wire.stored_cases import pack_case, pack_reviewed, unpack_case, unpack_reviewed

_CASES = "case"
_REVIEWED = "reviewed"


class DynamoCaseStore:
    """A `CaseStore` on the threads table.

    `pk` is "case", so that all can be listed; `sk` is the case's id. They do not expire. The
    pointers from documents whose words may be in them are "cased#..." (see `Sources`).
    """

    def __init__(self, client: Any, table: str) -> None:
        """Keep cases in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._sources = Sources(self._table, "cased")

    def get(self, case: CaseId) -> Case | None:
        item = self._table.get(_key(_CASES, case))
        return None if item is None else unpack_case(item["body"]["B"])

    def put(self, case: Case) -> None:
        self._sources.put(case.id, case.drawn_on, {})
        item = {"version": {"N": str(case.version)}, "body": {"B": pack_case(case)}}
        refused = self._table.put(_key(_CASES, case.id) | item, **_was(case))
        # An attempt that took effect, and whose answer was lost, looks refused.
        if refused is not None and refused.get("body") != item["body"]:
            raise _changed()

    def delete(self, case: Case) -> None:
        if self._table.delete(_key(_CASES, case.id), **_was(case)):
            raise _changed()

    def list(self) -> Sequence[Case]:
        found = [unpack_case(item["body"]["B"]) for item in _all(self._table, _CASES)]
        return sorted(found, key=lambda each: (each.at, each.id))

    def erase(self, document: DocumentId) -> None:
        """Forget every case that may hold words of a document."""
        self._sources.erase(document, lambda name: self._table.delete(_key(_CASES, name)))


class DynamoReviewedAnswers:
    """`ReviewedAnswers` on the threads table.

    `pk` is "reviewed", so that all can be listed; `sk` is the answer's id. A pointer from each
    question leads to it: "reviewed-for#<SHA-256 of the question's key>", and one from each document
    that it rests on: "vouched#..." (see `Sources`). A pointer is written before its item, and one
    that leads to an item of another question does no harm: items are looked at.
    """

    def __init__(self, client: Any, table: str) -> None:
        """Keep answers in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._sources = Sources(self._table, "vouched")

    def put(self, answer: ReviewedAnswer) -> None:
        self._sources.put(answer.id, answer.documents, {})
        self._table.put_many([_pointer(key, answer.id) for key in sorted(answer.keys)])
        self._table.put(_key(_REVIEWED, answer.id) | {"body": {"B": pack_reviewed(answer)}})

    def to(self, key: str) -> Sequence[ReviewedAnswer]:
        pointers = self._table.query(
            ConsistentRead=True,
            KeyConditionExpression="pk = :question",
            ExpressionAttributeValues={":question": _partition(key)},
        )
        items = [self._table.get(_key(_REVIEWED, each["sk"]["S"])) for each in pointers]
        found = (unpack_reviewed(item["body"]["B"]) for item in items if item)
        return newest_first(answer for answer in found if key in answer.keys)

    def list(self) -> Sequence[ReviewedAnswer]:
        items = _all(self._table, _REVIEWED)
        return newest_first(unpack_reviewed(item["body"]["B"]) for item in items)

    def delete(self, answer: ReviewedId) -> bool:
        item = self._table.get(_key(_REVIEWED, answer))
        if item is None:
            return False
        self._table.delete(_key(_REVIEWED, answer))
        for key in unpack_reviewed(item["body"]["B"]).keys:
            self._table.delete(_pointer(key, answer))
        return True

    def erase(self, document: DocumentId) -> None:
        """Forget every answer that rests on a document."""

        def forget(name: str) -> None:
            item = self._table.get(_key(_REVIEWED, name))
            # An answer that was reviewed again may rest on other documents by now.
            if item and document in unpack_reviewed(item["body"]["B"]).documents:
                self.delete(ReviewedId(name))

        self._sources.erase(document, forget)


def _was(case: Case) -> dict[str, Any]:
    """The condition that the version before is the one that is kept."""
    if case.version == 1:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :before",
        "ExpressionAttributeValues": {":before": {"N": str(case.version - 1)}},
    }


def _all(table: Table, partition: str) -> list[Item]:
    return list(
        table.query(
            ConsistentRead=True,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
        )
    )


def _key(partition: str, name: str) -> Item:
    return {"pk": {"S": partition}, "sk": {"S": name}}


def _partition(key: str) -> dict[str, str]:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return {"S": f"reviewed-for#{digest}"}


def _pointer(key: str, answer: ReviewedId) -> Item:
    return {"pk": _partition(key), "sk": {"S": answer}}


def _changed() -> ConflictError:
    return ConflictError("The case was changed meanwhile. Look at it again.")
