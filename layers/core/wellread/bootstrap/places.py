"""What people find on a laptop and in a deployed stack."""

from __future__ import annotations

from wellread.domain.knowledge.errors import FailureCode
from wellread.domain.knowledge.places import Places

LAPTOP = Places(
    documents="the documents folder",
    fixes={
        FailureCode.TOO_LARGE: "Split it into smaller files, or raise WELLREAD_MAX_DOCUMENT_BYTES.",
        FailureCode.TOO_SLOW: "Split it into smaller files, or raise WELLREAD_PARSE_SECONDS.",
    },
)

# No parameter of a stack says what a file may cost.
STACK = Places(documents="the documents bucket", fixes={})
