"""Which callers of a deployed API belong to which audiences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from wellread.domain.access.scope import EVERYONE, is_personal


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """Callers whose token says this belong to these audiences.

    Attributes:
        claim: The claim's name, e.g. "cognito:groups".
        value: What the claim must be, or hold where it is a list; None: each of its values is an
            audience by its own name.
    """

    claim: str
    value: str | None
    audiences: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PrincipalRule:
    """Callers who sign as this AWS principal belong to these audiences.

    Attributes:
        arn: Of a user or role; `*` stands for any characters.
    """

    arn: str
    audiences: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """The knowledge base's identity rules; all that match count.

    Attributes:
        default: What every caller belongs to whom the API let in.
    """

    claims: tuple[ClaimRule, ...] = ()
    principals: tuple[PrincipalRule, ...] = ()
    default: frozenset[str] = field(default=frozenset({EVERYONE}))

    def of_claims(self, claims: Mapping[str, Collection[str]]) -> frozenset[str]:
        """The audiences of the bearer of a token with these values of its claims."""
        found = set(self.default)
        for rule in self.claims:
            values = claims.get(rule.claim, ())
            if rule.value is None:
                found.update(value for value in values if not is_personal(value))
            elif rule.value in values:
                found |= rule.audiences
        return frozenset(found)

    def of_principal(self, arns: Collection[str]) -> frozenset[str]:
        """The audiences of an AWS principal, who may go by several ARNs."""
        found = set(self.default)
        for rule in self.principals:
            if any(fnmatchcase(arn, rule.arn) for arn in arns):
                found |= rule.audiences
        return frozenset(found)


def parse_identity_rules(root: Mapping[str, object]) -> IdentityRules:
    """Read the `identity` part of the settings document.

    ```json
    {"default": ["everyone"],
     "claims": [{"claim": "groups", "value": "people-team", "audience": ["hr"]},
                {"claim": "wellread:audiences"}],
     "principals": [{"arn": "arn:aws:sts::111122223333:assumed-role/HrBot/*",
                     "audience": ["hr"]}]}
    ```

    Raises:
        ValueError: Naming the entry that is wrong.
    """
    _refuse_unknown(root, {"default", "claims", "principals"}, '"identity"')
    claims = []
    for number, entry in enumerate(_entries(root, "claims"), start=1):
        where = f"claim rule {number}"
        _refuse_unknown(entry, {"claim", "value", "audience"}, where)
        claim, value = entry.get("claim"), entry.get("value")
        if not isinstance(claim, str) or not claim:
            raise ValueError(f'{where} needs a "claim"')
        if value is None and "audience" not in entry:
            claims.append(ClaimRule(claim, None))
        elif isinstance(value, str) and value:
            claims.append(ClaimRule(claim, value, _audiences(entry.get("audience"), where)))
        else:
            raise ValueError(f'{where} needs a "value" and an "audience", or neither')
    principals = []
    for number, entry in enumerate(_entries(root, "principals"), start=1):
        where = f"principal rule {number}"
        _refuse_unknown(entry, {"arn", "audience"}, where)
        arn = entry.get("arn")
        if not isinstance(arn, str) or not arn:
            raise ValueError(f'{where} needs an "arn"')
        principals.append(PrincipalRule(arn, _audiences(entry.get("audience"), where)))
    default = _audiences(root.get("default", [EVERYONE]), "default", may_be_empty=True)
    return IdentityRules(tuple(claims), tuple(principals), default)


def _entries(root: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    entries = root.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f'"{name}" must be a list of objects')
    return entries


def _refuse_unknown(entry: Mapping[str, object], known: set[str], where: str) -> None:
    """A misspelt "value" would make every value of a claim an audience."""
    if unknown := sorted(entry.keys() - known):
        raise ValueError(f'{where} has an unknown entry "{unknown[0]}"')


def _audiences(value: object, where: str, *, may_be_empty: bool = False) -> frozenset[str]:
    if value == "nobody" and may_be_empty:  # as the access rules have it
        return frozenset()
    if isinstance(value, str):
        value = [value]
    if (
        not isinstance(value, list)
        or not (value or may_be_empty)
        or not all(isinstance(name, str) and name.strip() for name in value)
    ):
        raise ValueError(f'{where} needs an "audience": a name or a list of names')
    if personal := next(filter(is_personal, value), ""):
        raise ValueError(f'{where} cannot be given "{personal}", which is one person\'s')
    return frozenset(name.strip() for name in value)
