"""Random schedules over a world, and what must hold during and after each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.schedules.bucket import KEYS, some_text
from tests.schedules.interruptions import Killed
from tests.schedules.worlds import World
from wellread.adapters import parsing

_STEPS = {
    "change": 8,
    "announce": 4,
    "chunk": 4,
    "embed": 5,
    "work": 5,
    "tamper": 2,
    "disturb": 2,
    "elapse": 3,
    "reconcile": 1,
}
_MORTAL = ("announce", "chunk", "embed", "work", "reconcile")
_OVERTAKEN = ("chunk", "embed", "work", "reconcile")
_OVERTAKING = ("change", "chunk", "embed", "work", "change and work", "change and work")
_ELAPSES = (0.5, 5.0, 60.0, 400.0)
_LOST = 0.4
_MOST_DELIVERIES = 500
_LONG = 4000.0
"""No worker is still at it after that, and what has not come to an end is stuck."""


@dataclass(slots=True)
class Outcome:
    """How a schedule went.

    Attributes:
        faults: What a query could see and must not, and what differed at the end.
        counts: How often each thing was done or happened.
        trace: What was done, one line a step.
    """

    seed: int
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([f"seed {self.seed}:", *self.faults, "after:", *self.trace])


@dataclass(slots=True)
class Schedule:
    """One random schedule.

    Attributes:
        lossy: Events are lost too, so only a reconcile can make things good.
        calls: Within so many calls of a step's beginning the process may die.
        upgrades: Now and then a newer version takes over, whose parser reads otherwise.
    """

    world: World
    seed: int
    steps: int
    lossy: bool = False
    calls: int = 12
    upgrades: bool = False

    def run(self) -> Outcome:
        """Do it all, look after every step, settle, and compare."""
        dice = random.Random(self.seed)
        outcome = Outcome(self.seed)
        for number in range(self.steps):
            self._step(dice, number, outcome)
            self._look(outcome)
            if outcome.faults:
                return outcome
        self._finish(outcome)
        return outcome

    def _step(self, dice: random.Random, number: int, outcome: Outcome) -> None:
        steps = _STEPS | ({"upgrade": 2} if self.upgrades else {})
        name = dice.choices(list(steps), list(steps.values()))[0]
        outcome.trace.append(f"{number:3} {name}")
        outcome.counts[name] += 1
        self._arm(dice, name, number, outcome)
        try:
            self._do(name, dice, number, outcome)
        except Killed:
            outcome.trace[-1] += " killed"
            outcome.counts["killed"] += 1
            self.world.switch.clear()
            self.world.restart()
        self.world.switch.clear()

    def _arm(self, dice: random.Random, name: str, number: int, outcome: Outcome) -> None:
        """Perhaps somebody dies in this step, or somebody else gets in between."""
        switch = self.world.switch
        fate, call = dice.choice(("none", "death", "overtaken")), dice.randrange(self.calls)
        other = dice.choice(_OVERTAKING)
        if fate == "death" and name in _MORTAL:
            switch.countdown = call
        if fate == "overtaken" and name in _OVERTAKEN:

            def meanwhile() -> None:
                outcome.trace[-1] += f" (before call {call}: {other}"
                self._do(other, dice, number, outcome)
                outcome.trace[-1] += ")"
                outcome.counts["overtaken"] += 1

            switch.countdown, switch.meanwhile = call, meanwhile

    def _do(self, name: str, dice: random.Random, number: int, outcome: Outcome) -> None:
        world = self.world
        doing: dict[str, Callable[[], object]] = {
            "change": lambda: change(world, dice, number),
            "announce": lambda: self._announce(dice),
            "change and work": lambda: (change(world, dice, number), _work(world))[0],
            "chunk": lambda: _up_to(dice.randint(1, 5), world.chunk_next),
            "embed": lambda: _up_to(dice.randint(1, 5), world.embed_next),
            "work": lambda: _work(world),
            "tamper": lambda: world.tamper(dice, lose=_LOST if self.lossy else 0.0),
            "disturb": lambda: world.disturb(dice),
            "elapse": lambda: world.elapse(dice.choice(_ELAPSES)),
            "reconcile": world.reconcile,
            "upgrade": lambda: upgrade(world),
        }
        done = doing[name]()
        if isinstance(done, str):
            outcome.trace[-1] += f" {done}"

    def _announce(self, dice: random.Random) -> None:
        if self.lossy and dice.random() < _LOST:
            self.world.tamper(dice, lose=_LOST)  # what is not announced yet
            self.world.announce()
            self.world.tamper(dice, lose=_LOST)  # what a folder can only announce
        else:
            self.world.announce()

    def _look(self, outcome: Outcome) -> None:
        for document, seen in self.world.seen().items():
            fault = seen.fault()
            if fault is not None:
                outcome.faults.append(f"a query sees {document!r} {fault}")
            outcome.counts["documents seen"] += 1

    def _finish(self, outcome: Outcome) -> None:
        world = self.world
        world.announce()
        world.settle()
        if not self.lossy:
            self._compare(outcome, "before reconcile: ")
        world.elapse(_LONG)
        world.reconcile()
        world.settle()
        self._compare(outcome)
        outcome.faults += world.unfinished()

    def _compare(self, outcome: Outcome, when: str = "") -> None:
        world = self.world
        wanted = world.bucket.held()
        held = dict(world.holds())
        if held != wanted:
            outcome.faults.append(f"{when}the bucket holds {held}, not {wanted}")
        self._look(outcome)
        shown = {document: sorted(seen.versions) for document, seen in sorted(world.seen().items())}
        if shown != {key: [number] for key, number in wanted.items()}:
            outcome.faults.append(f"{when}a query sees {shown}, the bucket holds {wanted}")


def _up_to(most: int, deliver: Callable[[], bool]) -> None:
    for _ in range(most):
        if not deliver():
            return


def _work(world: World) -> None:
    """Deliver all that can be delivered now.

    Raises:
        RuntimeError: Messages beget messages without an end.
    """
    world.announce()
    for _ in range(_MOST_DELIVERIES):
        if not (world.chunk_next() or world.embed_next()):
            return
    raise RuntimeError("the queues never come to rest")


def upgrade(world: World) -> None:
    """Have a newer version take over; whoever calls sees to it that it goes again."""
    parsing.PARSER_VERSION = str(int(parsing.PARSER_VERSION) + 1)
    world.restart()


def change(world: World, dice: random.Random, number: int) -> str:
    """Do something to the bucket. Returns what."""
    key = dice.choice(KEYS)
    history = world.bucket.history(key)
    there = bool(history) and history[-1].data is not None
    possible = ["put", "put", "put"]
    if there:
        possible += ["put", "delete", "rename", "roll back", "same again"]
    if history and not there:
        possible += ["restore", "restore"]
    if len(history) > 1:
        possible += ["expire"]
    action = dice.choice(possible)
    to = dice.choice([other for other in KEYS if other != key])
    text = some_text(dice, number)
    older = dice.randrange(max(1, len(history) - 1))
    _CHANGES[action](world, key, to, text, older)
    return f"{action} {key!r}" + (f" to {to!r}" if action == "rename" else "")


def _rename(world: World, key: str, to: str) -> None:
    world.put(to, world.bucket.data(key) or b"")
    world.delete(key)


_CHANGES: dict[str, Callable[[World, str, str, bytes, int], None]] = {
    "put": lambda world, key, _to, text, _older: world.put(key, text),
    "same again": lambda world, key, _to, _text, _older: world.put(
        key, world.bucket.data(key) or b""
    ),
    "delete": lambda world, key, _to, _text, _older: world.delete(key),
    "rename": lambda world, key, to, _text, _older: _rename(world, key, to),
    "restore": lambda world, key, _to, _text, _older: world.restore(key),
    "roll back": lambda world, key, _to, _text, _older: world.roll_back(key),
    "expire": lambda world, key, _to, _text, older: world.expire(key, older),
}


def shortest(run: Callable[[int], Outcome], steps: int) -> Outcome | None:
    """The failing outcome of the fewest steps among prefixes of a schedule that failed.

    Args:
        run: Runs the same schedule in a new world, so many steps of it.
        steps: Of the whole schedule.
    """
    for fewer in range(1, steps + 1):
        outcome = run(fewer)
        if outcome.faults:
            return outcome
    return None
