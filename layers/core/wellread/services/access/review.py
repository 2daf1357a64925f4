"""Who may read what and why, for the people who write the rules."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from wellread.domain.access.chat_rules import ChatRules, PlatformRules
from wellread.domain.access.prefixes import comes_near
from wellread.domain.access.rules import AccessRules, Basis, Decision, PrefixRule
from wellread.domain.access.scope import EVERYONE, Scope, both
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId, document_of_sidecar, is_sidecar_key
from wellread.domain.knowledge.errors import InvalidConfigurationError, NotFoundError
from wellread.domain.knowledge.host_words import HostWords
from wellread.ports.access import AccessRulesSource, ChatRulesSource
from wellread.ports.ingest import DocumentRegistry, DocumentStore
from wellread.services.access.presence import Presence
from wellread.services.knowledge.registry_records import every_record

_NAMED = 20
_LOOKED_AT_TOGETHER = 500
_GOOD_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule and how many documents it governs; with sidecars of their own or without."""

    rule: PrefixRule
    documents: int


@dataclass(frozen=True, slots=True)
class Review:
    """What the access rules do to the documents there are.

    Attributes:
        uncovered: How many documents no rule covers.
        by_sidecar: How many documents have audiences in their sidecars.
        hidden: How many documents nobody may read.
        readable: How many documents the scope that was asked about may read; None without one.
        warnings: What looks wrong, each with what to do; the gravest first.
    """

    rules: tuple[RuleUse, ...]
    default: frozenset[str]
    narrow: bool
    uncovered: int
    by_sidecar: int
    hidden: int
    readable: int | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """Who may read one document, and why.

    Attributes:
        why: In a sentence.
        permitted: Whether the scope that was asked about may; None without one.
    """

    document: DocumentId
    decision: Decision
    why: str
    permitted: bool | None


@dataclass(frozen=True, slots=True)
class _Reviewed:
    """A document, the sidecar by which it is judged, and who may read it."""

    document: DocumentId
    sidecar: SidecarMetadata | None
    decision: Decision


class AccessReview:
    """Looks at every document; for people who see all of them.

    What it says is so at this moment, as it is for those who ask: folder or bucket and sidecars
    are looked at, though the event that tells of a change is late, or no host runs. As there, what
    a sidecar said before holds too until it was taken in, so a wider audience comes later.
    """

    def __init__(
        self,
        source: AccessRulesSource,
        registry: DocumentRegistry,
        store: DocumentStore,
        presence: Presence,
        words: HostWords,
        chat: ChatRulesSource,
    ) -> None:
        self._words = words
        self._source = source
        self._chat = chat
        self._registry = registry
        self._store = store
        self._presence = presence
        self._lock = threading.Lock()
        self._warned: tuple[AccessRules, tuple[str, ...], float] | None = None

    def explain(self, document: DocumentId, scope: Scope | None = None) -> Explained:
        """Who may read one document, and why.

        Raises:
            NotFoundError: There is no such document.
            InvalidConfigurationError: The rules cannot be understood: nobody may read anything.
            TransientError: The folder or bucket cannot be asked now.
        """
        rules = self._source.load()
        record = self._registry.get(document)
        found = () if record is None else tuple(self._judged_now(rules, [record]))
        if record is None or not found:
            raise NotFoundError(f"There is no document {document!r}. See the list of documents.")
        decision, sidecar = found[0].decision, found[0].sidecar
        why = _why(rules, decision, sidecar)
        if decision != rules.decide(document, sidecar):
            why += " What was so before holds too, until the change of its sidecar is taken in."
        permitted = None if scope is None else scope.permits(decision.audiences)
        return Explained(document, decision, why, permitted)

    def warnings(self, *, now: bool = False) -> tuple[str, ...]:
        """What looks wrong, as `review` says it, or why the rules cannot be understood.

        It is asked for every few seconds, so it is a while old at most, unless the rules changed:
        the longer it took, the longer.

        Args:
            now: Look at every document and every sidecar, as `review` does. Otherwise the registry
                is believed, which a running host keeps up with the folder; no sidecar is read.
        """
        try:
            rules = self._source.load()
        except InvalidConfigurationError as error:
            return (str(error),)
        if now:
            return self._review(rules, self._judged_now(rules, self._records()), None).warnings
        with self._lock:
            started = time.monotonic()
            if self._warned is None or self._warned[0] != rules or started > self._warned[2]:
                warnings = self._review(rules, self._judged(rules), None).warnings
                took = time.monotonic() - started
                self._warned = (rules, warnings, started + max(_GOOD_SECONDS, 20 * took))
            return self._warned[1]

    def review(self, scope: Scope | None = None) -> Review:
        """What the rules do, and what looks wrong.

        Raises:
            InvalidConfigurationError: The rules cannot be understood: nobody may read anything.
            TransientError: The folder or bucket cannot be asked now.
        """
        rules = self._source.load()
        return self._review(rules, self._judged_now(rules, self._records()), scope)

    def _records(self) -> Iterator[DocumentRecord]:
        return every_record(self._registry)

    def _judged(self, rules: AccessRules) -> Iterator[_Reviewed]:
        """All documents as the registry has them."""
        for record in self._records():
            decision = rules.decide(record.document, record.sidecar)
            yield _Reviewed(record.document, record.sidecar, decision)

    def _judged_now(
        self, rules: AccessRules, records: Iterable[DocumentRecord]
    ) -> Iterator[_Reviewed]:
        """Those of these documents that are there, as those who ask see them."""
        left = iter(records)
        while page := {record.document: record for record in islice(left, _LOOKED_AT_TOGETHER)}:
            for document, sidecar in self._presence.sidecars(page).items():
                decision = rules.decide(document, sidecar)
                if sidecar != (known := page[document].sidecar):
                    before = rules.audiences(document, known)
                    decision = replace(decision, audiences=both(decision.audiences, before))
                yield _Reviewed(document, sidecar, decision)

    def _review(
        self, rules: AccessRules, documents: Iterable[_Reviewed], scope: Scope | None
    ) -> Review:
        reviewed = list(documents)
        decided = [each.decision for each in reviewed]
        governed = Counter(d.rule for d in decided if d.rule and d.basis is not Basis.NEAR_RULE)
        readers = [decision.audiences for decision in decided]
        return Review(
            rules=tuple(RuleUse(rule, governed[rule]) for rule in rules.rules),
            default=rules.default,
            narrow=rules.narrow,
            uncovered=sum(d.rule is None for d in decided),
            by_sidecar=sum(d.basis is Basis.SIDECAR for d in decided),
            hidden=sum(not audiences for audiences in readers),
            readable=None if scope is None else sum(map(scope.permits, readers)),
            warnings=(
                *_wrong_rules(rules, reviewed, governed, self._words),
                *_wrong_sidecars(reviewed),
                *_orphans(self._store),
                *_wrong_chats(self._chat.chat(), rules, reviewed),
            ),
        )


def _why(rules: AccessRules, decision: Decision, sidecar: SidecarMetadata | None) -> str:
    rule = decision.rule
    by = f'the rule "{rule.prefix}"' if rule else "the default, as no rule covers it"
    match decision.basis:
        case Basis.SIDECAR if not rules.narrow or (rule and rule.audience is None):
            return "Its sidecar says so."
        case Basis.SIDECAR:
            return f"Its sidecar narrows what {by} gives."
        case Basis.BROKEN_SIDECAR:
            return f"{sidecar.error if sidecar else ''} Nobody may read it until that is mended."
        case Basis.WANTS_SIDECAR:
            return f"{by.capitalize()} leaves it to the sidecar, and it has none that names any."
        case Basis.REFUSED_RULE:
            return (
                f"{rule.problem if rule else ''}; until that is mended nothing under it is shown."
            )
        case Basis.NEAR_RULE:
            return f"{by.capitalize()} may mean it, and is spelt otherwise than its path."
        case _:
            return f"By {by}."


def _wrong_rules(
    rules: AccessRules,
    reviewed: Sequence[_Reviewed],
    governed: Mapping[PrefixRule, int],
    words: HostWords,
) -> Iterable[str]:
    near: dict[PrefixRule, list[str]] = defaultdict(list)
    for each in reviewed:
        if each.decision.basis is Basis.NEAR_RULE and each.decision.rule:
            near[each.decision.rule].append(each.document)
    for rule in rules.rules:
        if rule.problem:
            yield (
                f"{rule.problem}. Nothing under {rule.prefix or words.documents!r} is shown "
                'until that is mended: write a prefix such as "hr/".'
            )
        elif missed := near[rule]:
            more = f" and {len(missed) - 1} more" if len(missed) > 1 else ""
            yield (
                f'The rule "{rule.prefix}" is spelt otherwise than {missed[0]!r}{more}, which '
                "nobody may read until it is clear: write the prefix as the path is written, or "
                "add a rule for that path."
            )
        elif not governed.get(rule):
            yield (
                f'The rule "{rule.prefix}" matches no document. Write the prefix as the paths are '
                "written, or take the rule out."
            )
    said = {name for rule in rules.rules for name in rule.audience or ()} | rules.default
    for name in sorted(said - {EVERYONE}):
        if comes_near(EVERYONE, name):
            yield f'The audience "{name}" is not "{EVERYONE}": it is a group of that name.'


def _wrong_sidecars(reviewed: Sequence[_Reviewed]) -> Iterable[str]:
    broken = [
        (each.document, each.sidecar.error)
        for each in reviewed
        if each.sidecar is not None and each.sidecar.error
    ]
    for document, error in broken[:_NAMED]:
        yield f"{document!r} is for nobody: {error}"
    if len(broken) > _NAMED:
        yield f"{len(broken) - _NAMED} more sidecars are not understood."


def _orphans(store: DocumentStore) -> Iterable[str]:
    documents: set[str] = set()
    sidecars: list[str] = []
    for version in store.list():
        if is_sidecar_key(version.document):
            sidecars.append(version.document)
        else:
            documents.add(version.document)
    lonely = [key for key in sidecars if document_of_sidecar(key) not in documents]
    for key in lonely[:_NAMED]:
        yield f"{key!r} speaks of no document. Name it as its document, with the ending added."
    if len(lonely) > _NAMED:
        yield f"{len(lonely) - _NAMED} more sidecars speak of no document."


def _wrong_chats(
    chat: ChatRules, rules: AccessRules, reviewed: Sequence[_Reviewed]
) -> Iterable[str]:
    """What of the entry "chat" can be meant so by nobody."""
    named = {name for rule in rules.rules for name in rule.audience or ()} | rules.default
    named.update(*(each.sidecar.audience or () for each in reviewed if each.sidecar))
    documents = [each.document for each in reviewed]
    for platform, said in chat.platforms.items():
        yield from (f"In {platform}, {wrong}" for wrong in _wrong_chat(said, named, documents))


def _wrong_chat(
    said: PlatformRules, named: Collection[str], documents: Sequence[DocumentId]
) -> Iterable[str]:
    for who, given in said.given:
        for name in sorted(given.difference(named, {EVERYONE})):
            yield f'"{name}" is given to {who}, and no rule and no sidecar names it.'
    if EVERYONE in said.guests:
        yield f'guests may read what is for "{EVERYONE}", as members may.'
    if bool(said.approvals) != bool(said.approvers):
        yield 'files are added only where both "approvers" and "approvals" are named.'
    for place, rules in said.places.items():
        yield from (f"{problem}: {place} is not told of it." for problem in rules.problems)
        for prefix in rules.receipts:
            if not any(document.startswith(prefix) for document in documents):
                yield f'{place} is told of documents under "{prefix}", and there are none.'
