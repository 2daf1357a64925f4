"""A company in which anything happens, and an oracle that knows who may see what.

The oracle is as simple as the promise: a document is for those whom the rule with the longest
prefix names, and its sidecar too; whatever is said in a place is for all who read along there. It
shares no code with what it judges.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chat_desk import Desk
from tests.chat_people import TEAM, Conversation, Directory, happened
from tests.doubles import SetClock
from tests.laptop import Laptop, QuotingGenerator, RepeatingModel
from wellread.domain.ask.answers import Answer, Reply
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import (
    AnswerShared,
    ChatEvent,
    HomeOpened,
    HumanAsked,
    PaneOpened,
    Person,
    QuestionAsked,
)
from wellread.domain.chat.members import Standing
from wellread.domain.chat.said import Home, Said, SaidReceipts, SaidReply
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import PermanentError, TransientError
from wellread.ports.chat import Platform, ReplyStream, Target
from wellread.services.ask.drafting import Generators

PEOPLE = ("ANN", "BEN", "CAT", "DAN", "EVE", "GUS", "GIA", "BOT")
GROUPS = ("S0HR", "S0IT")
AUDIENCES = ("everyone", "hr", "it", "board", "public")
FOLDERS = ("", "alpha/", "beta/", "beta/deep/", f"chat/slack/{TEAM}/D-ANN/")
PLACES = ("C0", "C1", "C2")
_NAMES = re.compile(r"[kstp]\d+(?:name|secret|title)")
"""What documents are called, say, and are known by: no two say the same."""

FIRST, LAST = Attempt(1), Attempt(5, last=True)
Eyes = list[frozenset[str]]
"""The audiences of each person who sees something."""

Where = tuple[str, str]
"""Where something is seen: "alone" by somebody, or in a "place"."""


class WatchedDesk(Desk):
    """A desk that remembers all that anybody ever saw on it, and where."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[Where, object]] = []

    def stream(self, target: Target, *begins: str) -> _WatchedStream | None:
        inner = super().stream(target, *begins)
        self.shown += [(_where(target), text) for text in begins]
        return None if inner is None else _WatchedStream(self, target, inner)

    def show_status(self, target: Target, text: str) -> None:
        self.shown.append((_where(target), text))
        super().show_status(target, text)

    def write(self, target: Target, said: Said, references: Sequence[str] = ()) -> Sequence[str]:
        self.shown.append((_where(target), said))
        return super().write(target, said, references)

    def suggest(self, place: Place, questions: Sequence[str]) -> None:
        self.shown.append((("alone", place.conversation.removeprefix("D-")), tuple(questions)))

    def show_home(self, person: Person, home: Home) -> None:
        self.shown.append((("alone", person.id), home))


@dataclass
class _WatchedStream:
    desk: WatchedDesk
    target: Target
    inner: ReplyStream

    @property
    def reference(self) -> str:
        return self.inner.reference

    def append(self, text: str) -> None:
        self.desk.shown.append((_where(self.target), text))
        self.inner.append(text)


def _where(target: Target) -> Where:
    conversation = target.place.conversation
    if target.reply_url or conversation.startswith("D-"):
        return "alone", target.person.id
    return "place", conversation


@dataclass
class Held:
    """A document there is: who may read it by its own sidecar, None where that says nothing."""

    topic: str
    sidecar: frozenset[str] | None = None


@dataclass
class Company:
    """Everything, and what is true of it.

    Attributes:
        documents: Those that there are, by key.
        once: All keys that ever held a secret or were called by a name.
        tally: How often what was checked came about.
    """

    folder: Path
    seed: int
    people: Directory = field(default_factory=Directory)
    documents: dict[str, Held] = field(default_factory=dict)
    once: dict[str, set[str]] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.clock = SetClock()
        self.desk = WatchedDesk()
        self.model = RepeatingModel()
        speaking = Generators(quoting=QuotingGenerator(2), model=self.model)
        self.laptop = Laptop(self.folder, clock=self.clock, generators=speaking)
        self.laptop.adapters.sleep = self.clock.sleep
        threaded = self.people.threaded
        platform = Platform(
            "slack", self.desk, self.people, self.desk, self.desk, threaded=threaded
        )
        self.laptop.services.platforms = {"slack": platform}
        self.rules: list[tuple[str, object]] = []
        self.narrow = True
        self.groups: dict[str, frozenset[str]] = {}
        self.users: dict[str, frozenset[str]] = {}
        self.guests: frozenset[str] = frozenset()
        self.told: list[str] = []
        self.replies: list[tuple[QuestionAsked, Reply]] = []
        self.numbers = 0
        for name in PEOPLE:
            self.change_standing(name)
        for group in GROUPS:
            self.change_group(group)
        for conversation in PLACES:
            self.change_conversation(conversation)
        self.change_rules()
        for _ in range(5):
            self.drop()
        self.work()

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def some(self, names: Iterable[str], most: int) -> list[str]:
        names = list(names)
        return self.random.sample(names, self.random.randint(0, min(most, len(names))))

    # What may happen.

    def change_standing(self, name: str = "") -> None:
        name = name or self.random.choice(PEOPLE[:-1])
        kinds = [Standing.MEMBER] * 5 + [Standing.GUEST]
        self.people.people[name] = self.random.choice(kinds)
        if name in ("GUS", "GIA"):
            self.people.people[name] = Standing.GUEST
        if name == "BOT":
            self.people.people[name] = Standing.BOT

    def change_group(self, group: str = "") -> None:
        self.people.groups[group or self.random.choice(GROUPS)] = set(self.some(PEOPLE, 6))

    def change_conversation(self, conversation: str = "") -> None:
        members = self.some(PEOPLE[:-1], 4)
        self.people.conversations[conversation or self.random.choice(PLACES)] = Conversation(
            None if self.random.random() < 0.1 else [*members, "BOT"],
            open=self.random.random() < 0.2,
            external=self.random.random() < 0.1,
        )

    def change_rules(self) -> None:
        audiences: list[object] = [[name] for name in AUDIENCES]
        audiences += [["hr", "it"], ["everyone", "public"], "sidecar", "nobody"]
        folders = self.some(FOLDERS[1:4], 3)
        self.rules = [(each, self.random.choice(audiences)) for each in folders]
        self.narrow = self.random.random() < 0.8
        self.groups = {group: frozenset(self.some(AUDIENCES[1:], 2) or ["hr"]) for group in GROUPS}
        self.users = {
            who: frozenset(["board", *self.some(["hr"], 1)]) for who in self.some(PEOPLE, 2)
        }
        self.guests = self.random.choice(
            [frozenset(), frozenset({"public"}), frozenset({"public", "it"})]
        )
        self.laptop.write_rules(
            access={
                "sidecars": "narrow" if self.narrow else "decide",
                "rules": [{"prefix": p, "audience": a} for p, a in self.rules],
            },
            chat={
                "slack": {
                    "groups": [
                        {"group": group, "audience": sorted(given)}
                        for group, given in self.groups.items()
                    ],
                    "users": [
                        {"user": who, "audience": sorted(given)}
                        for who, given in self.users.items()
                    ],
                    "guests": sorted(self.guests),
                    "helpers": "S0HELP",
                    "approvals": "C0",
                    "places": [
                        {"place": "C1", "receipts": ["beta/"]},
                        {"place": "C2", "receipts": [""]},
                    ],
                }
            },
        )

    def drop(self) -> None:
        """A new document, whose name and secret nothing else has."""
        number = self.number()
        key = f"{self.random.choice(FOLDERS)}k{number}name.md"
        self.documents[key] = Held(f"topic{number}word")
        self.write(key)
        if self.random.random() < 0.4:
            self.restrict(key)

    def write(self, key: str) -> None:
        held, number = self.documents[key], self.number()
        secret = f"s{number}secret"
        self.laptop.write(
            key,
            f"# Title t{number}title\n\nThe code of {held.topic} is {secret}.\n\n"
            f"## Part p{number}title\n\nWhoever asks for {held.topic} hears of {secret}.\n",
        )
        for said in (secret, f"t{number}title", f"p{number}title"):
            self.once.setdefault(said, set()).add(key)
        self.once.setdefault(key.rpartition("/")[2].removesuffix(".md"), set()).add(key)
        self.told.append(key)

    def change(self) -> None:
        self.on_any(self.write)

    def restrict(self, key: str) -> None:
        personal = [f"slack:{TEAM}:{who}" for who in PEOPLE[:5]]
        names = self.some([*AUDIENCES, *personal], 2) or ["hr"]
        self.documents[key].sidecar = frozenset(names)
        path = f"{key}.metadata.json"
        self.laptop.write(path, json.dumps({"metadataAttributes": {"audience": names}}))

    def change_sidecar(self) -> None:
        self.on_any(self.restrict)

    def open_up(self) -> None:
        def without_sidecar(key: str) -> None:
            if self.documents[key].sidecar is not None:
                self.laptop.delete(f"{key}.metadata.json")
                self.documents[key].sidecar = None

        self.on_any(without_sidecar)

    def delete(self) -> None:
        self.on_any(self.take_away)

    def take_away(self, key: str) -> Held:
        self.laptop.delete(key)
        held = self.documents.pop(key)
        if held.sidecar is not None:
            self.laptop.delete(f"{key}.metadata.json")
        return held

    def move(self) -> None:
        def moved(key: str) -> None:
            content = (self.laptop.root / key).read_text()
            held = self.take_away(key)
            new = f"{self.random.choice(FOLDERS)}k{self.number()}name.md"
            self.laptop.write(new, content)
            self.documents[new] = Held(held.topic)
            for said, keys in self.once.items():
                if said in content:
                    keys.add(new)
            self.once[new.rpartition("/")[2].removesuffix(".md")] = {new}
            self.told.append(new)
            if held.sidecar is not None and self.random.random() < 0.7:
                self.restrict(new)

        self.on_any(moved)

    def on_any(self, change: Callable[[str], object]) -> None:
        if self.documents:
            change(self.random.choice(sorted(self.documents)))

    # What people do, and what they then see.

    def fails(self) -> bool:
        """Whether something cannot be looked up this time."""
        self.people.failing.clear()
        if self.random.random() < 0.75:
            return False
        names = ["readers", "standings", "in_group", *GROUPS, *PEOPLE, "C0", "C1", "C2"]
        error = self.random.choice([TransientError("away"), PermanentError("not allowed")])
        self.people.failing[self.random.choice(names)] = error
        return True

    def ask(self) -> None:
        event = self.asked()
        self.happen(event)
        said = [shown for _, shown in self.desk.shown if isinstance(shown, SaidReply)]
        if said and not event.reply_url:
            self.replies.append((event, said[-1].reply))

    def asked(self) -> QuestionAsked:
        who = self.random.choice(PEOPLE[:-1])
        held = self.random.choice([*self.documents.values(), Held("nothing")])
        text = self.random.choice(
            [f"What is the code of {held.topic}?"] * 6 + ["Who hears of it?", "help", "hello"]
        )
        way = self.random.choice(["direct", "ephemeral", "place", "place", "place"])
        number = self.number()
        thread = self.random.choice("12") if self.people.threaded else ""
        return happened(
            QuestionAsked,
            who,
            f"D-{who}" if way == "direct" else self.random.choice(PLACES),
            below=str(number) if way == "ephemeral" else thread,
            message=f"m{number}",
            direct=way == "direct",
            external=way == "place" and self.random.random() < 0.1,
            text=text,
            reply_url="https://hooks.example/1" if way == "ephemeral" else "",
        )

    def join(self) -> None:
        """Somebody comes into a conversation, and asks what was said there before."""
        place = self.random.choice(PLACES)
        there = self.people.conversations[place].members
        strangers = [who for who in PEOPLE[:-1] if there is not None and who not in there]
        if there is None or not strangers:
            return
        there.append(self.random.choice(strangers))
        thread = self.random.choice("12") if self.people.threaded else ""
        message, text = f"m{self.number()}", "And what else?"
        event = happened(QuestionAsked, there[-1], place, below=thread, message=message, text=text)
        self.model.prompts.clear()
        self.happen(event)
        # Whatever the model hears of what was said before, it may tell.
        heard = [turn.answer for prompt in self.model.prompts for turn in prompt.turns]
        self.desk.shown[:] = [(("place", place), answer) for answer in heard]
        self.check("history", event)

    def share(self) -> None:
        asked = self.asked()
        if not asked.direct:
            place, message = asked.place.conversation, f"share:{self.number()}"
            self.happen(
                happened(
                    AnswerShared, asked.person.id, place, below="", message=message, text=asked.text
                )
            )

    def ask_a_human(self) -> None:
        if self.replies:
            event, reply = self.random.choice(self.replies)
            self.happen(
                happened(
                    HumanAsked,
                    event.person.id if event.direct else self.random.choice(PEOPLE[:-1]),
                    event.place.conversation,
                    below=event.place.thread,
                    message=f"human:{self.number()}",
                    direct=event.direct,
                    thread=reply.thread,
                    turn=reply.turn,
                )
            )

    def open_home(self) -> None:
        self.open_page(HomeOpened)

    def open_pane(self) -> None:
        self.open_page(PaneOpened)

    def open_page(self, kind: type[ChatEvent]) -> None:
        who = self.random.choice(PEOPLE[:-1])
        self.happen(happened(kind, who, f"D-{who}", message=f"page:{self.number()}", direct=True))

    def happen(self, event: ChatEvent) -> None:
        """Something happens; perhaps somebody cannot be looked up meanwhile."""
        self.people.failing.clear()
        if self.random.random() < 0.25:
            names = ["readers", "standings", "in_group", *GROUPS, *PEOPLE, *PLACES]
            error = self.random.choice([TransientError("away"), PermanentError("not allowed")])
            self.people.failing[self.random.choice(names)] = error
        self.desk.shown.clear()
        try:
            self.laptop.services.chat.handle(event, FIRST)
        except TransientError:
            self.tally["tried again"] += 1
            self.laptop.services.chat.handle(event, LAST)
        self.check(event.kind, event)

    def work(self) -> None:
        """What was dropped is read, and its end is told."""
        self.laptop.work()
        self.people.failing.clear()
        self.desk.shown.clear()
        told, self.told = self.told, []
        self.laptop.services.chat_receipts.tell([DocumentId(key) for key in told], last=True)
        self.check("receipts", None)

    # What is true.

    def audiences_of(self, who: str, *, alone: bool = False) -> frozenset[str]:
        if self.people.people[who] is not Standing.MEMBER:
            return self.guests
        found = {"everyone", *self.users.get(who, ())}
        for group, given in self.groups.items():
            if who in self.people.groups[group]:
                found |= given
        return frozenset(found | ({f"slack:{TEAM}:{who}"} if alone else set()))

    def eyes(self, where: Where, event: ChatEvent | None) -> Eyes:
        """Who sees what is said there about an event."""
        way, name = where
        if way == "alone":
            unknown = {"standings", name} & self.people.failing.keys()
            return [self.guests if unknown else self.audiences_of(name, alone=True)]
        there = self.people.conversations[name]
        here = event is not None and event.place.conversation == name
        eyes = [self.audiences_of(event.person.id)] if event is not None and here else []
        unknown = {"readers", name} & self.people.failing.keys()
        if (here and event.external) or (there.external and not unknown):
            eyes.append(self.guests)
        if unknown or there.members is None or there.open:
            eyes.append(frozenset({"everyone"}))
        if not unknown:
            people = [who for who in there.members or () if who != "BOT"]
            eyes += map(self.audiences_of, people)
        return eyes

    def may_read(self, audiences: frozenset[str], key: str) -> bool:
        held = self.documents[key]
        matching = [rule for rule in self.rules if key.startswith(rule[0])]
        given = max(matching, key=lambda rule: len(rule[0]))[1] if matching else ["everyone"]
        if given == "sidecar":
            return held.sidecar is not None and bool(held.sidecar & audiences)
        by_rule = given != "nobody" and bool(set(given) & audiences)
        if held.sidecar is None:
            return by_rule
        by_sidecar = bool(held.sidecar & audiences)
        return by_sidecar and (by_rule or not self.narrow)

    def for_all(self, eyes: Eyes, key: str) -> bool:
        return key in self.documents and all(self.may_read(each, key) for each in eyes)

    def check(self, what: str, event: ChatEvent | None) -> None:
        """Nothing that was shown is of a document that not all may read who saw it."""
        for where, shown in self.desk.shown:
            eyes, words = self.eyes(where, event), _told(shown)
            for said in _NAMES.findall(words):
                keys = self.once[said]
                for_all = any(self.for_all(eyes, key) for key in keys)
                assert for_all, f"{what} told {said} of {keys} to {eyes}, {where} ({self.seed})"
                self.tally[f"told by {what}"] += 1
                plain = [frozenset({"everyone"})]
                restricted = not any(self.for_all(plain, key) for key in keys)
                self.tally[f"restricted told by {what}"] += restricted
            if isinstance(shown, Home):
                readable = sum(self.for_all(eyes, key) for key in self.documents)
                assert shown.documents <= readable, f"the home counts too many ({self.seed})"
                self.tally["counted"] += shown.documents
            if isinstance(shown, SaidReceipts):
                readable = [key for key in self.documents if self.for_all(eyes, key)]
                assert shown.indexed + len(shown.failed) <= len(readable)
            self.tally[f"shown by {what}"] += 1


def _told(shown: object) -> str:
    """All words of it that people see, but the question, which is the asker's own."""
    if not isinstance(shown, SaidReply):
        return repr(shown)
    outcome = shown.reply.outcome
    offered = () if isinstance(outcome, Answer) else outcome.offers
    return repr((shown.reply.text, shown.reply.citations, shown.reply.nearest, offered))
