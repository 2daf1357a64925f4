"""Workers that are killed at a call, and those that come after them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.chat_desk import PLATFORM, Killed
from tests.functional.chat.beside import RULES, Beside
from wellread.ports.chat import Platform

LAB = RULES | {"places": [{"place": "C1", "receipts": ["lab/"]}]}


@dataclass
class Fate:
    """At which call, counted from 1, a worker is killed: before or after it took effect."""

    at: int = 0
    after: bool = False
    calls: int = 0

    def around(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        dies = self.calls == self.at
        if dies and not self.after:
            raise Killed
        answer = call(*args, **kwargs)
        if dies:
            raise Killed
        return answer


class Mortal:
    """What a worker calls and may die at."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return (lambda *a, **k: self._fate.around(found, *a, **k)) if callable(found) else found


class Doomed(Beside):
    """A world in which workers die; the next one starts where everything works."""

    def __init__(self, folder: Path, fate: Fate) -> None:
        super().__init__(folder, LAB)
        self.fate = fate
        self.puts: list[str] = []
        self.laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
        self.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n"}
        self._ledger, self._store = self.laptop.adapters.ledger, self.laptop.adapters.store

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data)
        self.puts.append(key)

    def through(self, fate: Fate, work: Callable[[], None]) -> None:
        """Do something with a worker of this fate."""
        desk = Mortal(self.desk, fate)
        self.platform = Platform(PLATFORM, desk, desk, desk, desk)
        self.rewire(ledger=Mortal(self._ledger, fate), drop=Mortal(self, fate))
        work()

    def doomed(self, work: Callable[[], None]) -> None:
        """Do something; where its worker is killed, the next delivery does it."""
        try:
            self.through(self.fate, work)
        except Killed:
            self._ledger.release_all()
            self.through(Fate(), work)
        self.through(Fate(), work)


_World = TypeVar("_World", bound=Doomed)


def kill_at_every_call(
    make: Callable[[Path, Fate], _World], folder: Path, scenario: Callable[[_World], None]
) -> None:
    """Play a scenario with a worker that is killed at each of its calls, before and after it."""

    def play(fate: Fate) -> None:
        world = make(Path(tempfile.mkdtemp(dir=folder)), fate)
        try:
            scenario(world)
        finally:
            world.laptop.close()

    whole = Fate()
    play(whole)
    assert whole.calls > 4
    for at in range(1, whole.calls + 1):
        for after in (False, True):
            fate = Fate(at, after)
            play(fate)
            assert fate.calls >= at, "it was killed"
