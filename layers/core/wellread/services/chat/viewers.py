"""Who will see a reply in a chat, and so what it may draw on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wellread.domain.access.chat_rules import PlatformRules
from wellread.domain.access.scope import EVERYONE, Scope, personal
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import ChatEvent, Person, QuestionAsked
from wellread.domain.chat.members import MOST_MEMBERS, Readers, Standing
from wellread.domain.knowledge.errors import PermanentError, TransientError
from wellread.ports.access import ChatRulesSource
from wellread.ports.chat import Membership

logger = logging.getLogger(__name__)

_FIRST = 200
_PLAIN = frozenset({EVERYONE})

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class SeenBy:
    """Whose eyes a reply is for.

    Attributes:
        scope: What it may draw on: what all of them may read.
        narrowed: Whether somebody could not be looked up, so that the scope may be narrower than
            it had to be. It depends on the lookups alone, whatever documents there are, so it may
            be said to whoever reads the reply. That a scope is narrow for the people in it (a
            guest reads along, say) may not: it would tell that there is something to hide.
    """

    scope: Scope
    narrowed: bool


class Viewers:
    """Tells who will see a reply. What cannot be learnt makes the scope narrower, never wider."""

    def __init__(self, rules: ChatRulesSource) -> None:
        """Go by these rules.

        Args:
            rules: Who belongs to which audiences.
        """
        self._rules = rules

    def of(self, event: ChatEvent, membership: Membership, *, last: bool) -> SeenBy:
        """Who will see the reply to an event: its person alone, or all who read the place.

        Args:
            event: A question; or whatever is answered where it happened.
            membership: Of its platform.
            last: Whether this is the last attempt, so that what cannot be learnt now is done
                without.

        Raises:
            TransientError: Somebody cannot be looked up now, and there will be another attempt.
            InvalidConfigurationError: The settings document cannot be understood; nobody may ask.
        """
        person = event.person
        if event.direct or (isinstance(event, QuestionAsked) and event.reply_url):
            return self.alone(person, membership, last=last)
        return self._in(event.place, membership, person, external=event.external, last=last)

    def of_place(self, place: Place, membership: Membership, *, last: bool) -> SeenBy:
        """Who reads what is said in a place, whoever caused it.

        Args:
            place: Where.
            membership: Of its platform.
            last: As `of` takes it.

        Raises:
            TransientError, InvalidConfigurationError: As `of` does.
        """
        return self._in(place, membership, None, external=False, last=last)

    def alone(self, person: Person, membership: Membership, *, last: bool) -> SeenBy:
        """What one person may see where nobody else reads along.

        Args:
            person: Whose eyes it is for.
            membership: Of their platform.
            last: As `of` takes it.

        Raises:
            TransientError, InvalidConfigurationError: As `of` does.
        """
        look = self._look(person.platform, person.team, membership, last=last)
        look.add_only(person)
        return look.seen_by

    def is_bot(self, person: Person, membership: Membership) -> bool:
        """Whether a bot is known to stand behind a name."""
        try:
            return membership.standings([person]).get(person) is Standing.BOT
        except (TransientError, PermanentError):
            return False

    def _in(
        self,
        place: Place,
        membership: Membership,
        asker: Person | None,
        *,
        external: bool,
        last: bool,
    ) -> SeenBy:
        look = self._look(place.platform, place.team, membership, last=last)
        readers = look.up(lambda: membership.readers(place), Readers(members=None))
        if external or readers.external:
            look.add_guest()
        known = readers.members is not None and len(readers.members) <= MOST_MEMBERS
        if readers.open or not known:
            look.viewers.add(_PLAIN)
        asking = () if asker is None else (asker,)
        look.add_people((*asking, *(readers.members or () if known else ())))
        if not known and not readers.open:
            look.narrowed = True
        return look.seen_by

    def _look(self, platform: str, team: str, membership: Membership, *, last: bool) -> _Look:
        return _Look(team, self._rules.chat().of(platform), membership, last)


@dataclass(slots=True)
class _Look:
    """One look at who reads a reply: the viewers found so far."""

    team: str
    rules: PlatformRules
    membership: Membership
    last: bool
    viewers: set[frozenset[str]] = field(default_factory=set)
    narrowed: bool = False
    people: Sequence[Person] = ()
    groups: Mapping[str, Collection[str]] | None = None

    @property
    def seen_by(self) -> SeenBy:
        return SeenBy(Scope.among(self.viewers), self.narrowed)

    def add_guest(self) -> None:
        self.viewers.add(self.rules.guests)

    def add_only(self, person: Person) -> None:
        """Somebody whom nobody reads along with; a guest where they cannot be looked up."""
        self.people = [person]
        standings = self._standings(self.people) or {}
        if standings.get(person) is Standing.MEMBER:
            own = personal(person.platform, person.team, person.id)
            self.viewers.add(self._as_member(person) | {own})
        else:
            self.add_guest()

    def add_people(self, people: Iterable[Person]) -> None:
        """All of them but bots, asked about only as far as one of them may make a difference."""
        left = list(dict.fromkeys(people))
        # Of many the first may decide; a platform that lists all of them lists them once more.
        for some in (left[:_FIRST], left[_FIRST:]):
            self.people, self.groups = some, None
            batch = [each for each in some if self._matters(each)]
            standings = self._standings(batch) if batch else {}
            for person in batch:
                # Who cannot be looked up may be either, and guests read other things than members.
                standing = standings.get(person, Standing.GUEST) if standings is not None else None
                if standing in (None, Standing.GUEST):
                    self.add_guest()
                if standing in (None, Standing.MEMBER):
                    self.viewers.add(self._as_member(person))

    def _matters(self, person: Person) -> bool:
        """Whether they may be able to read less than those who were found already."""
        covered = (self._is_covered(self.rules.guests), self._is_covered(_PLAIN))
        return not (covered[0] and (covered[1] or self._is_covered(self._as_member(person))))

    def _is_covered(self, audiences: frozenset[str]) -> bool:
        return any(viewer <= audiences for viewer in self.viewers)

    def _standings(self, people: Sequence[Person]) -> Mapping[Person, Standing] | None:
        return self.up(lambda: self.membership.standings(people), None)

    def _as_member(self, person: Person) -> frozenset[str]:
        # Nobody's groups are looked up where a plain member reads along.
        if _PLAIN in self.viewers:
            return _PLAIN
        if self.groups is None:
            self.groups = self._people_of_groups()
        groups = (
            given for group, given in self.rules.groups.items() if person.id in self.groups[group]
        )
        return _PLAIN.union(self.rules.users.get(person.id, ()), *groups)

    def _people_of_groups(self) -> Mapping[str, Collection[str]]:
        groups = list(self.rules.groups)
        if not groups:
            return {}
        try:
            return self.membership.in_groups(self.team, groups, self.people)
        except PermanentError:
            # Whichever of them is at fault, the others hold.
            return {group: self._people_of(group) for group in groups}
        except TransientError as error:
            if not self.last:
                raise
            self._note(error)
        return dict.fromkeys(groups, frozenset())

    def _people_of(self, group: str) -> Collection[str]:
        def look() -> Collection[str]:
            return self.membership.in_groups(self.team, [group], self.people)[group]

        return self.up(look, frozenset())

    def up(self, look: Callable[[], _Found], otherwise: _Found) -> _Found:
        """What a lookup finds; where it fails for good, what is certain without it."""
        try:
            return look()
        except TransientError as error:
            if not self.last:
                raise
            self._note(error)
        except PermanentError as error:
            self._note(error)
        return otherwise

    def _note(self, error: Exception) -> None:
        self.narrowed = True
        logger.warning("somebody could not be looked up: less is shown", extra={"why": str(error)})
