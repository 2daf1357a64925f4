"""The words of a laptop and of a deployed stack."""

from __future__ import annotations

from wellread.domain.knowledge.errors import FailureCode
from wellread.domain.knowledge.host_words import HostWords

_NONE_YET = "There are no documents to search yet."
_NO_MODEL = (
    "No language model is configured, so there is nothing to answer from but the documents. "
    "Ask in rag mode, or"
)

LAPTOP = HostWords(
    documents="the documents folder",
    no_documents=f"{_NONE_YET} Once some are added where wellread looks for them, they can be "
    "asked about within moments.",
    no_model=f"{_NO_MODEL} have a model configured.",
    fixes={
        FailureCode.TOO_LARGE: "Split it into smaller files, or raise WELLREAD_MAX_DOCUMENT_BYTES.",
        FailureCode.TOO_SLOW: "Split it into smaller files, or raise WELLREAD_PARSE_SECONDS.",
    },
)

STACK = HostWords(
    documents="the documents bucket",
    no_documents=f"{_NONE_YET} Once some are put into the documents bucket, they can be asked "
    "about within moments.",
    no_model=f"{_NO_MODEL} deploy the stack with one, as its parameters Generator and "
    "GeneratorModel say.",
    fixes={},  # no parameter says what a file may cost
)
