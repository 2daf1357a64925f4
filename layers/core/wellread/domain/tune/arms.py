"""The ways of answering that a fine-tuning run lays side by side."""

from __future__ import annotations

from enum import StrEnum

from wellread.domain.ask.questions import Mode


class Arm(StrEnum):
    """One way of answering."""

    EXTRACTIVE = "extractive"
    """Quotes of the passages, without a language model: what answers where none is set up."""

    BASE = "base"
    """The base model by itself."""

    BASE_FEW_SHOT = "base_few_shot"
    """The base model with passages, and with worked examples in its prompt in place of tuning."""

    RAG = "rag"
    """The base model with passages."""

    SPECIALISED_RAG = "specialised_rag"
    """A ready open model that was made for answering from passages, with passages."""

    PROMOTED_RAG = "promoted_rag"
    """The tuned model that answers now, with passages."""

    TUNED = "tuned"
    """The candidate by itself."""

    TUNED_RAG = "tuned_rag"
    """The candidate with passages: what a promotion would put in place."""

    @property
    def of_candidate(self) -> bool:
        """Whether the candidate answers, so that each of its seeds is asked."""
        return self in (Arm.TUNED, Arm.TUNED_RAG)

    @property
    def mode(self) -> Mode:
        """The mode in which people would be answered so."""
        return _MODES.get(self, Mode.RAG)

    @property
    def says(self) -> str:
        """The arm in a few words, for a table."""
        return _SAYS[self]


CANDIDATE = Arm.TUNED_RAG

_MODES = {
    Arm.BASE: Mode.BASE,
    Arm.TUNED: Mode.TUNED,
    Arm.TUNED_RAG: Mode.TUNED_RAG,
    Arm.PROMOTED_RAG: Mode.TUNED_RAG,
}
_SAYS = {
    Arm.EXTRACTIVE: "quotes, without a model",
    Arm.BASE: "base model alone",
    Arm.BASE_FEW_SHOT: "base model + RAG + worked examples",
    Arm.RAG: "base model + RAG",
    Arm.SPECIALISED_RAG: "model made for RAG + RAG",
    Arm.PROMOTED_RAG: "tuned model of now + RAG",
    Arm.TUNED: "new tuned model alone",
    Arm.TUNED_RAG: "new tuned model + RAG",
}
