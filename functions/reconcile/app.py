"""Steps of the reconcile state machine, and what else is looked after by the calendar.

The state machine is statemachines/reconcile.asl.json.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread import observability
from wellread.bootstrap import get_services
from wellread.domain.knowledge.journey import on_journey

_UNNAMED = "manual"
_LEFT_FOR_A_PAGE_MILLIS = 60_000
_SLOWER_THAN_ANY = 1.5
"""A page whose documents all differ takes minutes, and so may the next, or longer."""


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do one step.

    Events:
        `{"page": {"after": ""}, "run": ID}`: compare a page; answers `{"run", "next"}`, where
            `next` is a string to go on after, or null.
        `{"stuck": {}}`: take up what should have come to an end, as the schedule asks; answers
            counts.
        `{"gaps": {"audience": NAME}}`: tell what was asked in vain in a week, as far as members of
            the audience may know; answers how much that was.
        `{"report": {}, "run": ID}`: add the run up; answers its counts and where the report is.
            `{"report": {"map": {"Error": ...}}, ...}` where the map before the pages failed.
        `{"keys": [...], "run": ID}`, `{"Items": [{"Key", "run"}, ...]}` or `{"Key", "run"}`: check
            these keys of the bucket, as a Distributed Map gives them; answers counts.
    """
    run = _run_of(event)
    observability.begin(context)
    try:
        with on_journey(correlation=run):
            return _step(event, run, context)
    finally:
        observability.end()


def _step(event: dict[str, Any], run: str, context: LambdaContext) -> dict[str, Any]:
    if "gaps" in event:
        told = get_services().gaps.tell(event["gaps"]["audience"])
        return {"run": run, "gaps": len(told.gaps), "alone": told.alone}
    reconciliation = get_services().reconciliation
    if "page" in event:
        after: str | None = event["page"]["after"]
        left, slowest = context.get_remaining_time_in_millis(), 0
        # Many pages a step: an execution's history is limited.
        while after is not None:
            after = reconciliation.page(after, run=run)
            before, left = left, context.get_remaining_time_in_millis()
            slowest = max(slowest, before - left)
            if left < max(_LEFT_FOR_A_PAGE_MILLIS, _SLOWER_THAN_ANY * slowest):
                break
        return {"run": run, "next": after}
    if "report" in event:
        failure = (event["report"] or {}).get("map") or {}
        report = reconciliation.report(run, broken=str(failure.get("Error", "")))
        return {
            "run": run,
            "compared": report.tally.compared,
            "differences": report.tally.differences,
            "counts": report.tally.counts,
            "failures": report.tally.failures,
            "report": report.place,
        }
    tally = (
        reconciliation.take_up_stuck(run=run)
        if "stuck" in event
        else reconciliation.check(_keys_of(event), run=run)
    )
    return {"run": run, "checked": tally.compared, "differences": tally.differences}


def _keys_of(event: dict[str, Any]) -> list[str]:
    if "keys" in event:
        return list(event["keys"])
    return [item["Key"] for item in event.get("Items", [event])]


def _run_of(event: dict[str, Any]) -> str:
    """The run that an event names, itself or by its items."""
    items = event.get("Items") or [{}]
    named = (event, event.get("BatchInput") or {}, items[0])
    return next((str(each["run"]) for each in named if each.get("run")), _UNNAMED)
