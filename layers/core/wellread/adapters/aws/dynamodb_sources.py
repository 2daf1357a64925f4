"""Which items of the threads table hold words of which documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wellread.adapters.aws.dynamodb_tables import Item, Table
from wellread.domain.knowledge.documents import DocumentId, document_digest


class Sources:
    """Pointers from a document to the items that hold words of it, beside those items.

    `pk` is "<kind>#<SHA-256 of the document's key>", `sk` what the kind calls the item. A pointer
    is written before its item and deleted after the item's words, so that there is never an item
    without one; one without an item points nowhere and does no harm.
    """

    def __init__(self, table: Table, kind: str) -> None:
        self._table = table
        self._kind = kind

    def put(self, item: str, documents: Iterable[DocumentId], rest: Item) -> None:
        """Say that an item may hold words of these documents.

        Args:
            item: What the kind calls it.
            documents: Which.
            rest: More attributes of the pointers, such as when they expire.
        """
        self._table.put_many(
            [{"pk": self._of(document), "sk": {"S": item}} | rest for document in set(documents)]
        )

    def erase(self, document: DocumentId, forget: Callable[[str], object]) -> None:
        """Have the words of every item of a document forgotten, and then their pointers."""
        partition = self._of(document)
        pointers = self._table.query(
            ConsistentRead=True,
            KeyConditionExpression="pk = :document",
            ExpressionAttributeValues={":document": partition},
        )
        for pointer in pointers:
            forget(pointer["sk"]["S"])
            self._table.delete({"pk": partition, "sk": pointer["sk"]})

    def _of(self, document: DocumentId) -> Item:
        return {"S": f"{self._kind}#{document_digest(document)}"}
