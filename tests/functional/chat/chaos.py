"""Questions in a Slack workspace where everything goes wrong: does each get exactly one reply?

A worker dies before or after any call that leaves a trace: of Slack, of the ledger, the threads,
the queue. Slack tells of a message twice, sends it again, fails, wants to be waited for, and takes
a message but drops the connection. The queue delivers twice.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.doubles import SetClock
from tests.laptop import Laptop
from tests.slack.events import SIGNING_SECRET, Slack, SlackRequest
from tests.slack.shapes import Message
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from wellread.bootstrap.chat import slack_platform
from wellread.local.host import LocalHost
from wellread.local.lambda_runtime import LocalContext, load_handler
from wellread.local.queue_work import queue_work
from wellread.ports.chat import Platform

TEXT = "# Fees\n\nA late book costs 20 cents a day."
ASKED = "<@U0BOT> What does a late book cost?"
PLACE = "C0LAB"
ARRIVALS = ("once", "pair", "pair the other way", "retried", "pair retried")
FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "500, not taken": {"status": 500},
    "500, taken": {"status": 500, "taken": True},
    "429 for 1 s": {"retry_after": 1},
    "429 for 30 s": {"retry_after": 30},
    "dropped, not taken": {"drop": True},
    "dropped, taken": {"drop": True, "taken": True},
}
_WAIT_SECONDS = 5.0
_FORGOTTEN_SECONDS = 400.0
"""Longer than the queue remembers what it has seen."""
_MOST_WAITS = 1000


class Killed(BaseException):
    """The process is gone. Nothing catches it but who starts the next one."""


@dataclass(frozen=True)
class Step:
    """A moment at which a process can die.

    Attributes:
        call: Which call, such as "slack chat.postMessage".
        after: Whether it took effect.
    """

    call: str
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.call}"


_THEN = tuple(
    Step(f"slack {method}", after)
    for method in ("conversations.replies", "chat.update", "chat.stopStream", "auth.test")
    for after in (False, True)
)
"""Where those die who go on with what somebody left."""


@dataclass
class Fate:
    """When the process that runs now dies, and the ones after it.

    Attributes:
        deaths: At which step each dies, once it has met it so often.
        met: How often each step was met since the last `reset`.
        killed: How many died since.
    """

    deaths: list[tuple[Step, int]] = field(default_factory=list)
    met: Counter[Step] = field(default_factory=Counter)
    killed: int = 0

    def reset(self, deaths: Sequence[tuple[Step, int]] = ()) -> None:
        self.deaths, self.killed = list(deaths), 0
        self.met.clear()

    def meet(self, call: str, *, after: bool) -> None:
        met = Step(call, after)
        self.met[met] += 1
        if self.deaths and self.deaths[0][0] == met:
            _, left = self.deaths.pop(0)
            if left == 1:
                self.killed += 1
                raise Killed(str(met))
            self.deaths.insert(0, (met, left - 1))


class Perilous:
    """Something whose calls a process may not survive."""

    def __init__(self, inner: Any, name: str, fate: Fate, calls: Sequence[str]) -> None:
        self.inner, self.name, self.fate, self.calls = inner, name, fate, calls

    def __getattr__(self, call: str) -> Any:
        found = getattr(self.inner, call)
        if call not in self.calls:
            return found

        def dangerous(*args: Any, **named: Any) -> Any:
            self.fate.meet(f"{self.name} {call}", after=False)
            result = found(*args, **named)
            self.fate.meet(f"{self.name} {call}", after=True)
            return result

        return dangerous


class PerilousWeb:
    """Slack's Web API, by the methods that are called."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self.inner, self.fate = inner, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def call(self, method: str, **arguments: Any) -> Any:
        self.fate.meet(f"slack {method}", after=False)
        answer = self.inner.call(method, **arguments)
        self.fate.meet(f"slack {method}", after=True)
        return answer


class Office:
    """wellread on one machine, which dies and starts again, beside a workspace that stays."""

    def __init__(self, folder: Path, workspace: SlackWorkspace) -> None:
        self.folder, self.workspace = folder, workspace
        self.fate = Fate()
        self.clock = SetClock()
        self.slack = Slack(workspace, clock=self.clock)
        workspace.add_conversation(PLACE, ("U0ANN", "U0BOB"))
        self.start()
        self.laptop.drop("fees.md", TEXT)

    def start(self) -> None:
        """A new process on the data that is there."""
        self.laptop = Laptop(
            self.folder, clock=self.clock, chat_members_seconds=0, **self.settings()
        )
        adapters, services = self.laptop.adapters, self.laptop.services
        adapters.sleep = self.clock.sleep
        adapters.ledger = Perilous(adapters.ledger, "ledger", self.fate, ("get", "put"))
        adapters.threads = Perilous(adapters.threads, "threads", self.fate, ("start", "append"))
        adapters.questions = Perilous(adapters.questions, "queue", self.fate, ("put",))
        services.platforms = self.platforms()
        self.front = load_handler("slack")
        (work,) = (each for each in queue_work(services) if each.function == "answer")
        self.work = replace(
            work, queue=Perilous(work.queue, "queue", self.fate, ("delete", "release"))
        )
        self.host = LocalHost(services, work=(self.work,), say=lambda _: None)
        work.queue.release_all()
        adapters.ledger.inner.release_all()

    def settings(self) -> dict[str, Any]:
        """What says where the platforms are."""
        return {
            "slack_signing_secret": SIGNING_SECRET,
            "slack_bot_token": BOT_TOKEN,
            "slack_api_url": self.workspace.api_url,
        }

    def platforms(self) -> dict[str, Platform]:
        """The platforms, whose calls a process may not survive."""
        adapters, settings = self.laptop.adapters, self.laptop.services.settings
        platform = slack_platform(
            adapters.slack_secret,
            adapters,
            settings,
            web=lambda inner: PerilousWeb(inner, self.fate),
        )
        return {"slack": platform}

    def close(self) -> None:
        self.laptop.close()

    def restart(self) -> None:
        self.laptop.close()
        self.start()

    def surviving(self, act: Callable[[], object]) -> bool:
        """Do something; where the process dies of it, start the next one. Returns whether not."""
        try:
            act()
        except Killed:
            self.restart()
            return False
        return True

    def arrive(self, request: SlackRequest) -> None:
        """Have Slack send something until it is acknowledged."""
        for attempt in range(_MOST_WAITS):
            sent = request.again(attempt) if attempt else request
            answered: list[int] = []
            event = _http_event(sent)
            self.surviving(
                lambda event=event, answered=answered: answered.append(  # type: ignore[misc]
                    self.front(event, LocalContext("slack"))["statusCode"]
                )
            )
            if answered == [200]:
                return
        raise RuntimeError(f"Slack is never acknowledged: {answered}")

    def deliver_all(self, *, twice: bool = False) -> None:
        """Work off the queue, whatever happens to the workers."""
        queue = self.work.queue.inner
        for _ in range(_MOST_WAITS):
            if queue.depth() == 0:
                return
            delivered: list[bool] = []
            self.surviving(lambda to=delivered: to.append(self.host.deliver_next("answer")))  # type: ignore[misc]
            queue = self.work.queue.inner
            if delivered == [False]:
                self.clock.sleep(_WAIT_SECONDS)
        raise RuntimeError("the queue is never empty")


def _http_event(request: SlackRequest) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": "/slack/events",
        "headers": dict(request.headers),
        "requestContext": {"http": {"method": "POST", "path": "/slack/events"}},
        "body": request.body.decode(),
        "isBase64Encoded": False,
    }


@dataclass(frozen=True)
class Trial:
    """One question, and what goes wrong about it.

    Attributes:
        deaths: Where processes die, one after another, and the how-manieth time that is met.
        streams: Whether Slack lets the reply stream.
        arrival: How Slack tells of the question.
        fault: What goes wrong in Slack.
        method: Of which method.
        times: How often.
        twice: Whether the queue delivers the message once more at the end.
    """

    deaths: tuple[tuple[Step, int], ...]
    streams: bool
    arrival: str
    fault: str
    method: str
    times: int
    twice: bool


@dataclass
class Result:
    """What came of a trial.

    Attributes:
        replies: How many can be seen.
        cited: Whether it is an answer, rather than an apology.
        open_streams: How many go on as if more were to come.
        killed: How many processes died.
    """

    trial: Trial
    replies: int
    cited: bool
    open_streams: int
    killed: int

    @property
    def holds(self) -> bool:
        return self.replies == 1 and self.open_streams == 0


def run(office: Office, trial: Trial) -> Result:
    """Ask one question in a thread of its own."""
    workspace = office.workspace
    workspace.streams_refused = "" if trial.streams else "unknown_method"
    message = workspace.say("U0ANN", PLACE, ASKED)
    if trial.fault != "none":
        workspace.fail(trial.method, times=trial.times, **FAULTS[trial.fault])
    office.fate.reset(trial.deaths)
    for request in requests_of(office.slack, message, trial.arrival):
        office.arrive(request)
    office.deliver_all()
    if trial.twice:
        office.clock.sleep(_FORGOTTEN_SECONDS)
        for request in requests_of(office.slack, message, "pair"):
            office.arrive(request)
        office.deliver_all()
    workspace.faults.clear()
    seen = workspace.replies(PLACE, message.ts)
    return Result(
        trial,
        len(seen),
        any("[1]" in str(each.as_message(all_metadata=True)) for each in seen),
        len([each for each in workspace.open_streams() if each.thread_ts == message.ts]),
        office.fate.killed,
    )


def requests_of(slack: Slack, message: Message, arrival: str) -> Iterator[SlackRequest]:
    first, second = slack.pair(message)
    match arrival:
        case "once":
            yield second
        case "pair":
            yield from (first, second)
        case "pair the other way":
            yield from (second, first)
        case "retried":
            yield from (second, second.again(1), second.again(2), second.again(3))
        case _:
            yield from (first, second, first.again(1), second.again(1))


def steps_met(office: Office) -> list[tuple[Step, int, bool]]:
    """Every step of a question's way, how often it is met, and whether streams are allowed."""
    found: list[tuple[Step, int, bool]] = []
    for streams in (True, False):
        calm = Trial((), streams, "once", "none", "", 0, twice=False)
        assert run(office, calm).holds
        found += [(step, met, streams) for step, met in office.fate.met.items()]
    return found


def trials(office: Office, seed: int, count: int) -> Iterator[Trial]:
    """So many trials: every step of the way in turn, all else by chance."""
    chance = random.Random(seed)
    steps = steps_met(office)
    methods = sorted({s.call.removeprefix("slack ") for s, _, _ in steps if "slack" in s.call})
    for number in range(count):
        step, met, streams = steps[number % len(steps)]
        then = chance.choice([None, *_THEN, *(step for step, _, _ in steps)])
        yield Trial(
            ((step, chance.randint(1, met)), *([(then, 1)] if then else ())),
            streams,
            chance.choice(ARRIVALS),
            chance.choice(list(FAULTS)),
            chance.choice(methods),
            chance.randint(1, 2),
            twice=chance.random() < 0.3,
        )


@contextlib.contextmanager
def office_in(folder: Path) -> Iterator[Office]:
    """An office with one document."""
    with running_workspace() as workspace:
        office = Office(folder, workspace)
        try:
            yield office
        finally:
            office.close()
