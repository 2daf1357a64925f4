"""Who calls a deployed API, what they may read, and how often they may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from wellread.domain.access.scope import Scope
from wellread.domain.ask.questions import Asker, AskerId
from wellread.domain.knowledge.errors import TooManyQuestionsError
from wellread.ports.access import IdentityRulesSource, RateLimiter

Proof = Literal["iam", "jwt", "open"]
"""How an API's callers are known: by their AWS signature, by a token, or not at all."""

ANONYMOUS = AskerId("anonymous")
"""Everyone who asks an open API is this one asker: who knows a thread's id may go on with it."""


@dataclass(frozen=True, slots=True)
class Established:
    """A caller whose audiences the host itself knows: the laptop's person."""

    asker: str
    audiences: frozenset[str]


@dataclass(frozen=True, slots=True)
class Bearer:
    """The bearer of a token that API Gateway has verified.

    Attributes:
        claims: Name → its values, of which most claims have one.
    """

    issuer: str
    subject: str
    claims: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who signed a request, as API Gateway has verified it.

    Attributes:
        arns: Of the user, or of a role's session and of its role.
        id: Unique for ever, unlike the name in an ARN.
    """

    arns: frozenset[str]
    id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the host's front knows.

    Attributes:
        identity: None where nobody has proved who they are.
        address: The IP address that the request came from.
    """

    identity: Established | Bearer | Principal | None
    address: str


class Callers:
    """Decides who a caller is. Their request's body and headers have no say in it."""

    def __init__(self, rules: IdentityRulesSource, limiter: RateLimiter, proof: Proof) -> None:
        """Tell callers apart, and count their questions.

        Args:
            rules: Which callers belong to which audiences.
            limiter: How often one may ask.
            proof: The only proof that counts, except what the host itself has established.
        """
        self._rules = rules
        self._limiter = limiter
        self._proof = proof

    def identify(self, caller: Caller) -> Asker | None:
        """Who asks; None where the caller has not proved it in the way that is asked for.

        Raises:
            InvalidConfigurationError: The settings document cannot be understood.
        """
        match caller.identity:
            case Established(asker, audiences):
                return Asker(AskerId(asker), Scope.of(*audiences))
            case Bearer(issuer, subject, claims) if self._proof == "jwt":
                audiences = self._rules.identities().of_claims(claims)
                return Asker(AskerId(f"jwt:{issuer}#{subject}"), Scope.of(*audiences))
            case Principal(arns, unique) if self._proof == "iam":
                audiences = self._rules.identities().of_principal(arns)
                return Asker(AskerId(f"iam:{unique}"), Scope.of(*audiences))
            case _ if self._proof == "open":
                return Asker(ANONYMOUS, Scope.of(*self._rules.identities().default))
            case _:
                return None

    def admit(self, caller: Caller, asker: Asker) -> None:
        """Count a question.

        Raises:
            TooManyQuestionsError: It is one too many.
            TransientError: It cannot be counted now.
        """
        seconds = self._limiter.admit(_counted_as(caller, asker))
        if seconds > 0:
            raise TooManyQuestionsError(seconds)


def _counted_as(caller: Caller, asker: Asker) -> AskerId:
    """Whose questions are counted together: of an open API's callers those of one address."""
    if asker.id != ANONYMOUS:
        return asker.id
    try:
        address = ip_address(caller.address)
    except ValueError:
        return ANONYMOUS
    # A household or a server has a whole /64 of version 6 to ask from.
    place = address if address.version == 4 else ip_network((address, 64), strict=False)
    return AskerId(f"{ANONYMOUS}:{place}")
