"""What people of chats belong to, and what happens in which of their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from wellread.domain.access.prefixes import Prefix
from wellread.domain.access.scope import PLATFORMS, is_audience_name, is_personal

_Choice = TypeVar("_Choice", bound=StrEnum)

_NOBODY: frozenset[str] = frozenset()
_IDS = ("helpers", "approvers", "approvals")
_ID = re.compile(r"[^\s<>|]{1,300}")
"""A platform's id of a person, group or conversation; none has what would end a mention of it."""


class FollowUp(StrEnum):
    """Which messages of a thread that the bot answered in are questions to it."""

    MENTION = "mention"
    """Those that mention it."""
    FOLLOW = "follow"
    """All of them."""
    QUIET = "quiet"
    """All but those that mention somebody else."""


class Answers(StrEnum):
    """Which answers are given."""

    ALL = "all"
    REVIEWED = "reviewed"
    """Those alone that a person has reviewed."""


class AnswerMode(StrEnum):
    """What answers come from: `domain.ask.questions.Mode`, which this wing does not know."""

    BASE = "base"
    RAG = "rag"
    TUNED = "tuned"
    TUNED_RAG = "tuned_rag"


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """What happens in one conversation.

    Attributes:
        receipts: Prefixes of documents, as keys are compared with them: what becomes of those
            documents is told there.
        problems: Why others of its prefixes cannot be understood: of what is under these, nothing
            is told.
    """

    follow_up: FollowUp = FollowUp.MENTION
    receipts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    answers: Answers = Answers.ALL
    mode: AnswerMode = AnswerMode.RAG


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """The rules of one platform. Its ids of people, groups and conversations are the keys.

    Attributes:
        groups: What the members of a group belong to.
        users: What a member belongs to besides.
        guests: What everybody belongs to who is no member, and nothing else.
        helpers: The group or person to ask where the bot has no answer; empty for none.
        approvers: The group whose people may add a file; empty for nobody.
        approvals: The conversation that they are asked in; empty for none.
        places: What happens where; in all others what `PlaceRules` says by default.
        mode: What answers come from in all other places.
    """

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guests: frozenset[str] = _NOBODY
    helpers: str = ""
    approvers: str = ""
    approvals: str = ""
    places: Mapping[str, PlaceRules] = field(default_factory=dict)
    mode: AnswerMode = AnswerMode.RAG

    def follow_up(self, conversation: str) -> FollowUp:
        """Which messages without a mention are answered in a conversation's threads."""
        return self.places.get(conversation, PlaceRules()).follow_up

    def only_reviewed(self, conversation: str) -> bool:
        """Whether a conversation is given those answers alone that a person has reviewed."""
        return self.places.get(conversation, PlaceRules()).answers is Answers.REVIEWED

    def mode_in(self, conversation: str) -> AnswerMode:
        """What answers come from in a conversation."""
        place = self.places.get(conversation)
        return self.mode if place is None else place.mode

    @property
    def given(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Whom, in words, it puts into which audiences."""
        yield from ((f"the group {group}", given) for group, given in self.groups.items())
        yield from ((f"the user {user}", given) for user, given in self.users.items())
        yield "guests", self.guests


@dataclass(frozen=True, slots=True)
class ChatRules:
    """The knowledge base's rules for chats, a platform each; without any, members are `everyone`.

    Attributes:
        platforms: By the platform's name, such as "slack".
    """

    platforms: Mapping[str, PlatformRules] = field(default_factory=dict)

    @property
    def unsure(self) -> bool:
        """Whether some prefix may be understood when other documents are there."""
        said = self.platforms.values()
        return any(place.problems for rules in said for place in rules.places.values())

    def of(self, platform: str) -> PlatformRules:
        """The rules of a platform."""
        return self.platforms.get(platform, PlatformRules())


def parse_chat_rules(
    root: Mapping[str, object], read_prefix: Callable[[str], Prefix] = Prefix
) -> ChatRules:
    """Read the `chat` part of the settings document.

    ```json
    {"slack": {"groups": [{"group": "S0HR", "audience": ["hr"]}],
               "users": [{"user": "U0ANN", "audience": ["board"]}],
               "guests": ["public"], "helpers": "S0HELP",
               "approvers": "S0APPR", "approvals": "C0APPR",
               "places": [{"place": "C0LAB", "follow_up": "follow", "receipts": ["lab/"],
                           "answers": "reviewed", "mode": "tuned_rag"}], "mode": "rag"},
     "teams": {"groups": [{"group": "<Entra group id>", "audience": ["hr"]}]}}
    ```

    Args:
        root: That part.
        read_prefix: Reads a prefix of `receipts`.

    Raises:
        ValueError: Naming the entry that is wrong.
    """
    _refuse_unknown(root, set(PLATFORMS), '"chat"')
    return ChatRules({name: _platform(said, name, read_prefix) for name, said in root.items()})


def _platform(said: object, name: str, read_prefix: Callable[[str], Prefix]) -> PlatformRules:
    if not isinstance(said, dict):
        raise ValueError(f'"{name}" must be an object')
    _refuse_unknown(said, {"groups", "users", "guests", "places", "mode", *_IDS}, f'"{name}"')
    helpers, approvers, approvals = (
        _id(said[each], f'{name} "{each}"') if each in said else "" for each in _IDS
    )
    guests = said.get("guests", "nobody")
    mode = _one_of(said, "mode", AnswerMode.RAG, f'"{name}"')
    return PlatformRules(
        groups=_given(said, "group", name),
        users=_given(said, "user", name),
        guests=_NOBODY if guests in ("nobody", []) else _audiences(guests, f'{name} "guests"'),
        places={
            place: _place(entry, where, read_prefix, mode)
            for place, entry, where in _entries(said, "place", name)
        },
        helpers=helpers,
        approvers=approvers,
        approvals=approvals,
        mode=mode,
    )


def _given(said: Mapping[str, object], kind: str, platform: str) -> dict[str, frozenset[str]]:
    """The audiences of each group or user."""
    given = {}
    for each, entry, where in _entries(said, kind, platform):
        _refuse_unknown(entry, {kind, "audience"}, where)
        given[each] = _audiences(entry.get("audience"), where)
    return given


def _place(
    entry: Mapping[str, object],
    where: str,
    read_prefix: Callable[[str], Prefix],
    mode: AnswerMode,
) -> PlaceRules:
    _refuse_unknown(entry, {"place", "follow_up", "receipts", "answers", "mode"}, where)
    follow_up = _one_of(entry, "follow_up", FollowUp.MENTION, where)
    answers = _one_of(entry, "answers", Answers.ALL, where)
    written = entry.get("receipts", [])
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise ValueError(f'the "receipts" of {where} must be a list of prefixes')
    prefixes = [read_prefix(each) for each in written]
    return PlaceRules(
        follow_up,
        tuple(prefix.text for prefix in prefixes if not prefix.problem),
        tuple(prefix.problem for prefix in prefixes if prefix.problem),
        answers,
        _one_of(entry, "mode", mode, where),
    )


def _one_of(entry: Mapping[str, object], key: str, default: _Choice, where: str) -> _Choice:
    """What an entry chooses, by default the default."""
    choices = type(default)
    said = entry.get(key, default)
    if said not in list(choices):
        raise ValueError(f'the "{key}" of {where} must be one of {", ".join(choices)}')
    return choices(str(said))


def _entries(
    said: Mapping[str, object], kind: str, platform: str
) -> Iterator[tuple[str, Mapping[str, object], str]]:
    """The entries of a list, each of another group, user or place, and what to call them."""
    entries = said.get(f"{kind}s", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f'{platform} "{kind}s" must be a list of objects')
    found: dict[str, str] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"{platform} {kind} {number}"
        each = _id(entry.get(kind), f'the "{kind}" of {where}')
        # Only one of them could hold, and it might be the one that gives more.
        if (first := found.setdefault(each, where)) != where:
            raise ValueError(f"{where} is that of {first}: keep one of them")
        yield each, entry, where


def _id(value: object, where: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(f"{where} must be an id, as the platform shows it")
    return value


def _refuse_unknown(entry: Mapping[str, object], known: set[str], where: str) -> None:
    if unknown := sorted(entry.keys() - known):
        raise ValueError(f'{where} has an unknown entry "{unknown[0]}"')


def _audiences(value: object, where: str) -> frozenset[str]:
    names = value if isinstance(value, list) else [value]
    if not names or not all(is_audience_name(name) for name in names):
        raise ValueError(f'{where} needs an "audience": a name or a list of names')
    audiences = frozenset(str(name).strip() for name in names)
    if personal := next(filter(is_personal, sorted(audiences)), ""):
        raise ValueError(f'{where} cannot be given "{personal}", which is one person\'s')
    return audiences
