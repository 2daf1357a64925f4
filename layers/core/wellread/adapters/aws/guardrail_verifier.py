"""Claims checked by the contextual grounding of a guardrail on Amazon Bedrock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.model_errors import FAILURES, model_error
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError

_NAME = re.compile(
    r"(?P<id>[a-z0-9]{1,64}|arn:aws(?:-[^:]+)?:bedrock:[a-z0-9-]{1,20}:\d{12}:guardrail/[a-z0-9]+)"
    r"(?::(?P<version>DRAFT|[1-9]\d{0,7}))?"
)
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html
_LONGEST_CLAIM, _LONGEST_SOURCE, _LONGEST_QUERY = 5_000, 100_000, 1_000


class GuardrailVerifier:
    """Asks a guardrail about one claim at a time.

    A guardrail merges all the sources of a call into one, so that what stands in the source of one
    claim would support another; therefore each claim has a call of its own. Whatever else the
    guardrail is set to look for counts for nothing here, relevance to the query included.

    Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
    """

    name = "guardrail"

    def __init__(self, client: Any, guardrail: str) -> None:
        """Remember whom to ask; nothing is sent yet.

        Args:
            client: A `bedrock-runtime` client.
            guardrail: Its id or ARN, and behind a colon its version; the draft without one.

        Raises:
            InvalidConfigurationError: There can be no guardrail of that name.
        """
        named = _NAME.fullmatch(guardrail)
        if named is None:
            raise InvalidConfigurationError(
                f'WELLREAD_VERIFIER names the guardrail "{guardrail}", which is none. Say '
                '"guardrail:<id>" or "guardrail:<id>:<version>", the id as the Bedrock console '
                "shows it, the version a number or DRAFT."
            )
        self._client = client
        self._guardrail = named["id"]
        self._version = named["version"] or "DRAFT"

    def requests(self, claims: Sequence[Claim]) -> int:
        """One request a claim."""
        return sum(_fits(claim) for claim in claims)

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is grounded; one that is longer than a guardrail reads is not.

        Raises:
            ModelUnavailableError: The guardrail did not answer, or checks no grounding.
        """
        return [_fits(claim) and self._is_grounded(claim) for claim in claims]

    def _is_grounded(self, claim: Claim) -> bool:
        content = [
            # Of a source that is too long the end is left out: it supports nothing then.
            _part(claim.headed_source[:_LONGEST_SOURCE], "grounding_source"),
            # A query must be there; only the relevance, which is not looked at, depends on it.
            _part(claim.text[:_LONGEST_QUERY], "query"),
            _part(claim.text, "guard_content"),
        ]
        try:
            response = self._client.apply_guardrail(
                guardrailIdentifier=self._guardrail,
                guardrailVersion=self._version,
                source="OUTPUT",
                content=content,
                outputScope="FULL",  # what passed is told of too
            )
        except FAILURES as exc:
            raise model_error(f"guardrail {self._guardrail}", exc) from exc
        actions = [
            found.get("action")
            for assessment in response.get("assessments", ())
            for found in assessment.get("contextualGroundingPolicy", {}).get("filters", ())
            if found.get("type") == "GROUNDING"
        ]
        if not actions:
            raise ModelUnavailableError(
                f"The guardrail {self._guardrail} (version {self._version}) checks no grounding. "
                "Add a contextual grounding check with a grounding threshold to it."
            )
        return all(action == "NONE" for action in actions)


def _fits(claim: Claim) -> bool:
    return bool(claim.text.strip()) and len(claim.text) <= _LONGEST_CLAIM


def _part(text: str, qualifier: str) -> dict[str, Any]:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return {"text": {"text": text or "-", "qualifiers": [qualifier]}}
