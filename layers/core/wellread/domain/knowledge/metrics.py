"""All that is counted and timed; docs/operating.md has a table made from it."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """What a metric's values are in."""

    COUNT = "count"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


class Metric(StrEnum):
    """A metric, by its name.

    Attributes:
        unit: Of its values.
        meaning: Of one value, for the docs.
    """

    unit: Unit
    meaning: str

    def __new__(cls, name: str, unit: Unit, meaning: str) -> Metric:
        """A member, which is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.unit = unit
        member.meaning = meaning
        return member

    DOCUMENTS_INDEXED = "DocumentsIndexed", Unit.COUNT, "Revisions that became searchable."
    SECONDS_TO_SEARCHABLE = (
        "SecondsToSearchable",
        Unit.SECONDS,
        "From when a revision was first seen until it was searchable.",
    )
    DOCUMENTS_REBUILT = (
        "DocumentsRebuilt",
        Unit.COUNT,
        "Searchable revisions that were read or cut up anew, by another version of wellread.",
    )
    DOCUMENTS_FAILED = "DocumentsFailed", Unit.COUNT, "Revisions that could not be indexed."
    DOCUMENTS_REMOVED = "DocumentsRemoved", Unit.COUNT, "Documents that are gone from the bucket."
    CHUNKS_INDEXED = "ChunksIndexed", Unit.COUNT, "Chunks that were embedded and written."
    RECONCILE_DIFFERENCES = (
        "ReconcileDifferences",
        Unit.COUNT,
        "Documents in which a reconcile found a difference.",
    )
    ANSWERS_GIVEN = "AnswersGiven", Unit.COUNT, "Questions that were answered."
    ANSWERS_DECLINED = "AnswersDeclined", Unit.COUNT, "Questions that were declined."
    QUESTIONS_GIVEN_UP = (
        "QuestionsGivenUp",
        Unit.COUNT,
        "Questions in chats that got an apology in place of an answer.",
    )
    CHAT_NOT_TAKEN = (
        "ChatNotTaken",
        Unit.COUNT,
        "Requests of a chat platform that could not be enqueued; most are sent again.",
    )
    CHAT_NOT_READ_BACK = (
        "ChatNotReadBack",
        Unit.COUNT,
        "Replies taken over without seeing what was said before: some may be said twice.",
    )
    CHAT_REFUSED = (
        "ChatRefused",
        Unit.COUNT,
        "Calls that a chat platform refuses for good, such as for a revoked token.",
    )
    RETRIEVAL_MILLISECONDS = (
        "RetrievalMilliseconds",
        Unit.MILLISECONDS,
        "Until the passages for a search were found and checked.",
    )
