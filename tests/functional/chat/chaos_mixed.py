"""Questions in Slack and in Teams at once, on one queue, where everything goes wrong in both.

In Teams a bot cannot read a chat back. A message that was taken, whose id nobody learnt, may be
said again: then, and only then, a question may have two replies, and the product counts it.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.doubles import Counts
from tests.functional.chat.chaos import (
    FAULTS,
    PLACE,
    Office,
    Result,
    Step,
    Trial,
    requests_of,
    trials,
)
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.slack_requests import gateway_event
from tests.teams.activities import message, posted
from tests.teams.keys import signed
from tests.teams.shapes import Message
from tests.teams.tenant import TeamsTenant, running_tenant
from wellread.adapters.chat.teams.activities import PLATFORM as TEAMS
from wellread.adapters.chat.teams.stream import Pace
from wellread.bootstrap.chat import teams_platform
from wellread.domain.chat.events import MessageKey
from wellread.domain.knowledge.metrics import Metric
from wellread.local.lambda_runtime import LocalContext, load_handler
from wellread.ports.chat import Platform

ASKED = "What does a late book cost?"
CHANNEL = "19:lab@thread.tacv2"
_PERSONAL = "a:ann"
_POSTS = ("stream", "send")
_CALLS = (*_POSTS, "typing", "update", "delete", "members", "graph", "token")
_FOLLOWED_SECONDS = 400.0
_MOST_TRIES = 50


class PerilousTeamsWeb:
    """The Bot Connector, by what is done there."""

    def __init__(self, inner: Any, office: MixedOffice) -> None:
        self.inner, self.office = inner, office

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def call(self, method: str, address: str, path: str, **more: Any) -> Any:
        name = f"teams {_name_of(method, path, more.get('body'))}"
        self.office.fate.meet(name, after=False)
        answer = self.inner.call(method, address, path, **more)
        self.office.fate.meet(name, after=True)
        return answer


def _name_of(method: str, path: str, body: Any) -> str:
    if "/activities" not in path:
        return "members"
    if method != "POST":
        return {"PUT": "update", "DELETE": "delete"}.get(method, method)
    entities = body.get("entities") or ()
    if any(each.get("type") == "streaminfo" for each in entities):
        return "stream"
    return "typing" if body.get("type") == "typing" else "send"


class MixedOffice(Office):
    """An office that answers in a Teams tenant, too."""

    def __init__(self, folder: Path, workspace: SlackWorkspace, tenant: TeamsTenant) -> None:
        self.tenant, self.counts = tenant, Counts()
        tenant.add_channel(CHANNEL, ("ann", "ben"))
        tenant.add_personal("ann", _PERSONAL)
        super().__init__(folder, workspace)
        tenant.clock = self.clock

    def settings(self) -> dict[str, Any]:
        tenant = self.tenant
        return super().settings() | {
            "teams_client_id": tenant.client_id,
            "teams_tenant_id": tenant.tenant,
            "teams_client_secret": tenant.client_secret,
            "teams_openid_url": tenant.openid_url,
            "teams_login_url": tenant.login_url,
            "teams_graph_url": tenant.graph_url,
        }

    def platforms(self) -> dict[str, Platform]:
        adapters, settings = self.laptop.adapters, self.laptop.services.settings
        adapters.meter = self.counts
        assert adapters.teams_secret is not None
        assert settings.teams_bot is not None
        self.teams_front = load_handler("teams")
        platform = teams_platform(
            adapters.teams_secret,
            settings.teams_bot,
            adapters,
            settings,
            web=lambda inner: PerilousTeamsWeb(inner, self),  # type: ignore[arg-type,return-value]
            pace=Pace(now=self.clock, sleep=self.clock.sleep),
        )
        return super().platforms() | {"teams": platform}

    def post(self, activity: dict[str, Any]) -> None:
        """Have Teams send something until it is acknowledged."""
        now = int(self.clock())
        token = signed(activity["serviceUrl"], iat=now, nbf=now, exp=now + 3600)
        headers, body = posted(activity, token)
        for _ in range(_MOST_TRIES):
            answered: list[int] = []
            self.surviving(
                lambda answered=answered: answered.append(  # type: ignore[misc]
                    self.teams_front(gateway_event(body, headers), LocalContext("teams"))[
                        "statusCode"
                    ]
                )
            )
            if answered and answered[0] < 300:
                return
        raise RuntimeError(f"Teams is never acknowledged: {answered}")


@dataclass
class TeamsResult(Result):
    """What came of a question in Teams.

    Attributes:
        unseen: How often the product said that a reply may be there which it cannot see.
        known: How many of the messages the ledger names: their ids were learnt and kept.
    """

    unseen: int = 0
    known: int = 0

    @property
    def holds(self) -> bool:
        if self.unseen:
            return self.replies >= 1
        return super().holds

    @property
    def doubled(self) -> bool:
        return self.replies > 1

    @property
    def excused(self) -> bool:
        """Whether all but one are messages that Teams took and whose ids got lost."""
        return self.known <= 1 and self.unseen > 0


def run_both(office: MixedOffice, slack: Trial, teams: Trial) -> tuple[Result, TeamsResult]:
    """Ask one question in each, and deliver both from one queue."""
    workspace, tenant = office.workspace, office.tenant
    workspace.streams_refused = "" if slack.streams else "unknown_method"
    asked = workspace.say("U0ANN", PLACE, f"<@U0BOT> {ASKED}")
    place, mentions = (_PERSONAL, ()) if teams.streams else (CHANNEL, ("bot",))
    activity = message(tenant, "ann", place, ASKED, mentions=mentions)
    thread = "" if teams.streams else activity["id"]
    # What a dead process began and nobody learnt of, Teams itself ends after two minutes.
    before = {each.id for each in (*tenant.visible(place, thread), *tenant.open_streams())}
    unseen = office.counts.sum(Metric.CHAT_NOT_READ_BACK)
    for trial, fail in ((slack, workspace.fail), (teams, tenant.fail)):
        if trial.fault != "none":
            fail(trial.method, times=trial.times, **FAULTS[trial.fault])
    office.fate.reset((*slack.deaths, *teams.deaths))
    _arrive(office, asked, slack.arrival, activity, teams.arrival)
    office.deliver_all()
    if slack.twice or teams.twice:
        office.clock.sleep(_FOLLOWED_SECONDS)
        _arrive(office, asked, "pair" if slack.twice else "", activity, "once" * teams.twice)
        office.deliver_all()
    workspace.faults.clear()
    tenant.faults.clear()
    killed = office.fate.killed
    seen = workspace.replies(PLACE, asked.ts)
    growing = [each for each in workspace.open_streams() if each.thread_ts == asked.ts]
    shown = [each for each in tenant.visible(place, thread) if each.id not in before]
    open_streams = [each for each in tenant.open_streams() if each.id not in before]
    told = office.laptop.adapters.ledger.inner.get(
        MessageKey(TEAMS, tenant.tenant, place, activity["id"])
    )
    return (
        Result(slack, len(seen), "[1]" in str(seen), len(growing), killed),
        TeamsResult(
            teams,
            len(shown),
            any(map(_is_cited, shown)),
            len(open_streams),
            killed,
            int(office.counts.sum(Metric.CHAT_NOT_READ_BACK) - unseen),
            len({each.id for each in shown} & set(told.references if told else ())),
        ),
    )


def _is_cited(said: Message) -> bool:
    return "[1]" in said.text


def _arrive(
    office: MixedOffice, asked: Any, in_slack: str, activity: dict[str, Any], in_teams: str
) -> None:
    for _ in range(3 if "retried" in in_teams else 1 if in_teams else 0):
        office.post(activity)
    if in_slack:
        for request in requests_of(office.slack, asked, in_slack):
            office.arrive(request)


def teams_steps(office: MixedOffice) -> list[tuple[Step, int, bool]]:
    """Every step of a question's way in Teams, how often it is met, and whether it streams."""
    found: list[tuple[Step, int, bool]] = []
    for streams in (True, False):
        activity = message(
            office.tenant,
            "ann",
            _PERSONAL if streams else CHANNEL,
            ASKED,
            mentions=() if streams else ("bot",),
        )
        office.fate.reset()
        office.post(activity)
        office.deliver_all()
        found += [(step, met, streams) for step, met in office.fate.met.items()]
    return found


def teams_trials(
    office: MixedOffice, steps: Sequence[tuple[Step, int, bool]], seed: int, count: int
) -> Iterator[Trial]:
    """So many trials: every step of the way in turn, all else by chance."""
    chance = random.Random(seed)
    for number in range(count):
        step, met, streams = steps[number % len(steps)]
        then = chance.choice([None, *(each for each, _, _ in steps)])
        yield Trial(
            ((step, chance.randint(1, met)), *([(then, 1)] if then else ())),
            streams,
            chance.choice(["once", "retried"]),
            chance.choice(list(FAULTS)),
            chance.choice(_CALLS),
            chance.randint(1, 2),
            twice=chance.random() < 0.3,
        )


def pairs(office: MixedOffice, seed: int, count: int) -> Iterator[tuple[Trial, Trial]]:
    """So many questions in each platform."""
    steps = teams_steps(office)
    in_slack = trials(office, seed, count)
    yield from zip(in_slack, teams_trials(office, steps, seed, count), strict=True)


@contextlib.contextmanager
def mixed_office(folder: Path) -> Iterator[MixedOffice]:
    """An office with one document."""
    with running_workspace() as workspace, running_tenant() as tenant:
        office = MixedOffice(folder, workspace, tenant)
        try:
            yield office
        finally:
            office.close()


def told(slack: Sequence[Result], teams: Sequence[TeamsResult]) -> str:
    """The figures of a run."""
    doubled = [each for each in teams if each.doubled]
    return (
        f"{len(slack)} questions in Slack, {len(teams)} in Teams; "
        f"lost {sum(each.replies == 0 for each in (*slack, *teams))}, "
        f"doubled in Slack {sum(each.replies > 1 for each in slack)}, "
        f"doubled in Teams {len(doubled)}, of which {sum(each.unseen > 0 for each in doubled)} "
        f"where a reply could not be read back (possible in {sum(e.unseen > 0 for e in teams)}); "
        f"answers {sum(each.cited for each in (*slack, *teams))}; "
        f"deaths {sum(each.killed for each in slack)}"
    )
