"""The end of a run far away: a person's word, promotion, the watch after it, and what is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from wellread.domain.knowledge.errors import NotFoundError, WellreadError
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.domain.tune.remote_runs import AWAITS_APPROVAL, ENDED, RunNews, why
from wellread.domain.tune.report import NOT_PROMOTED, PROMOTED
from wellread.ports.hosting import ModelCatalogue, ModelHost, RunNewsSink
from wellread.ports.operations import Clock
from wellread.services.tune.remote_judging import (
    INCUMBENT,
    JUDGED,
    REPORT,
    REPORT_PAGE,
    report_with,
)
from wellread.services.tune.remote_plan import RemotePlan
from wellread.services.tune.remote_training import ENTERED, TRAINED
from wellread.services.tune.run_notes import RunNotes
from wellread.services.tune.tuned_models import TunedModels

logger = logging.getLogger(__name__)

ROLLED_BACK = "rolled back"
WAITING, ENDING = "waiting", "end"
"""Names of notes."""

_DAY_SECONDS = 86_400.0

ApprovalLink = Callable[[RunName, float], str]
"""The link by which a person decides about a run, good until then."""


class RemoteEnding:
    """Sees a judged run to its end, whichever it is."""

    def __init__(
        self,
        plan: RemotePlan,
        notes: RunNotes,
        models: TunedModels,
        catalogue: ModelCatalogue,
        host: ModelHost,
        news: RunNewsSink,
        link: ApprovalLink,
        clock: Clock,
    ) -> None:
        """Nothing is done yet.

        Args:
            plan: What all runs have in common.
            notes: What is done already.
            models: Knows which model answers.
            catalogue: Lists models for people.
            host: Serves models.
            news: Tells people.
            link: Makes links for approval.
            clock: The time.
        """
        self._plan = plan
        self._notes = notes
        self._models = models
        self._catalogue = catalogue
        self._host = host
        self._news = news
        self._link = link
        self._clock = clock

    def known(self, run: RunName) -> dict[str, Any] | None:
        """How a run ended that ended already; None of one that did not."""
        try:
            model = self._models.get(run)
        except NotFoundError:
            return None
        if model.status in (ModelStatus.CANDIDATE, ModelStatus.AWAITING_APPROVAL):
            return None
        promoted = model.status in (ModelStatus.PROMOTED, ModelStatus.SUPERSEDED)
        verdict = PROMOTED if promoted else NOT_PROMOTED
        return {"verdict": verdict, "reason": model.reason}

    def ask(self, run: RunName, token: str) -> dict[str, Any]:
        """Have a person decide: the model waits, and whoever listens is told by which link.

        Args:
            run: The run, which passed.
            token: What the step waits under.
        """
        judged = self._notes.known(run, JUDGED)
        self._models.passed(
            run,
            str(judged["reason"]),
            judged["figures"],
            incumbent=self._incumbent(run),
            approval=True,
        )
        until = self._clock() + self._plan.approval_days * _DAY_SECONDS
        self._notes.keep(run, WAITING, {"token": token, "until": until})
        self._news.publish(
            RunNews(
                run,
                AWAITS_APPROVAL,
                "",
                str(judged["reason"]),
                report=self._report(run),
                cost=self._cost(run),
                link=self._link(run, until),
                until=until,
            )
        )
        return {"until": until}

    def promote(self, run: RunName) -> dict[str, Any]:
        """Let the candidate answer, served for as long as it is asked.

        Raises:
            PermanentError, ConflictError: It may not be; the message says why.
        """
        self._host.keep(run)
        judged = self._notes.known(run, JUDGED)
        if self._models.get(run).status is ModelStatus.AWAITING_APPROVAL:
            model = self._models.promote(run)
        else:
            model = self._models.passed(
                run, str(judged["reason"]), judged["figures"], incumbent=self._incumbent(run)
            )
        if (entered := self._notes.get(run, ENTERED)) is not None:
            self._catalogue.judged(str(entered["package"]), model, approved=True)
        return {"looks": 0}

    def watch(self, run: RunName, looks: int) -> dict[str, Any]:
        """Look at a promoted model once: whether all is well, and whether that was enough."""
        wrong = self._host.alarm(run)
        if wrong is not None:
            return {"looks": looks + 1, "do": "roll back", "reason": wrong}
        promoted = self._models.promoted()
        if promoted is None or promoted.run != run:
            # Somebody rolled it back by hand, or promoted another: there is nothing to watch.
            return {"looks": looks + 1, "do": "end", "reason": ""}
        do = "end" if looks + 1 >= self._plan.looks else "look again"
        return {"looks": looks + 1, "do": do, "reason": ""}

    def roll_back(self, run: RunName, reason: str) -> dict[str, Any]:
        """Take a promoted model away again, because of its alarm; the one before it answers."""
        promoted = self._models.promoted()
        if promoted is not None and promoted.run == run:
            self._models.rollback(f"{reason} It was rolled back by itself.")
        return self._ended(run, ROLLED_BACK, self._models.get(run).reason)

    def end(self, run: RunName) -> dict[str, Any]:
        """A promoted model came through the watch, or a person took it away meanwhile."""
        model = self._models.get(run)
        taken = model.status is ModelStatus.ROLLED_BACK
        return self._ended(run, ROLLED_BACK if taken else PROMOTED, model.reason)

    def refuse(self, run: RunName, reason: str) -> dict[str, Any]:
        """The gate or a person said no, or nobody said anything (an empty reason)."""
        model = self._models.get(run)
        reason = reason or (
            f"Nobody approved of it within {self._plan.approval_days} days. Start a run of another "
            "name to have one that can be."
        )
        if model.status is ModelStatus.AWAITING_APPROVAL:
            self._models.refuse(run, reason)
        elif model.status is ModelStatus.CANDIDATE:
            judged = self._notes.get(run, JUDGED) or {}
            self._models.failed(run, reason, judged.get("figures", {}))
        self._put_away(run)
        return self._ended(run, NOT_PROMOTED, reason)

    def fail(self, run: RunName, failure: Mapping[str, Any]) -> dict[str, Any]:
        """A step broke. The run can be started again, so nothing is judged by that.

        Args:
            run: Its name.
            failure: Error and Cause, as the state machine caught them.
        """
        reason = why(failure)
        try:
            model = self._models.get(run)
            if model.status is ModelStatus.PROMOTED:
                return self._ended(run, PROMOTED, f"{model.reason} It was not watched: {reason}")
            # A copy that nobody asks costs money until it is put away.
            self._host.remove(run)
        except NotFoundError:
            pass
        except WellreadError as error:
            logger.warning("the candidate is still served", extra={"run": run, "why": str(error)})
        return self._ended(run, NOT_PROMOTED, reason)

    def _put_away(self, run: RunName) -> None:
        """Serve a candidate no more that will not be asked, and enter that it was refused."""
        self._host.remove(run)
        if (entered := self._notes.get(run, ENTERED)) is not None:
            self._catalogue.judged(str(entered["package"]), self._models.get(run), approved=False)

    def _ended(self, run: RunName, verdict: str, reason: str) -> dict[str, Any]:
        text = self._notes.read(run, REPORT)
        if text is not None:
            report, page = report_with(text, verdict=verdict, reason=reason)
            self._notes.put(run, REPORT, report)
            self._notes.put(run, REPORT_PAGE, page)
        end = {"verdict": verdict, "reason": reason, "cost": self._cost(run)}
        self._notes.keep(run, ENDING, end)
        self._news.publish(
            RunNews(run, ENDED, verdict, reason, report=self._report(run), cost=str(end["cost"]))
        )
        return end

    def _incumbent(self, run: RunName) -> RunName | None:
        before = self._notes.known(run, INCUMBENT)["run"]
        return None if before is None else RunName(before)

    def _report(self, run: RunName) -> str:
        found = self._notes.read(run, REPORT) is not None
        return f"{self._plan.runs}/{run}/{REPORT_PAGE}" if found else ""

    def _cost(self, run: RunName) -> str:
        trained = self._notes.get(run, TRAINED)
        return "" if trained is None else str(trained["cost"])
