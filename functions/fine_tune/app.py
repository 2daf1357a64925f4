"""Steps of the fine-tuning state machine, and what starts it by itself.

The state machine is statemachines/fine_tune.asl.json.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread import observability
from wellread.bootstrap import get_services
from wellread.bootstrap.remote_tuning import RemoteTuning
from wellread.domain.knowledge.errors import TransientError, WellreadError
from wellread.domain.knowledge.journey import on_journey
from wellread.domain.tune.models import RunName
from wellread.domain.tune.remote_runs import broken, run_name

Event = Mapping[str, Any]
Step = Callable[[RemoteTuning, RunName, Event], dict[str, Any]]

STEPS: Mapping[str, Step] = {
    "begin": lambda runs, run, _: runs.begin(run),
    "dataset": lambda runs, run, _: runs.training.dataset(run),
    "check": lambda runs, run, _: runs.training.check(run),
    "estimate": lambda runs, run, _: runs.training.estimate(run),
    "order": lambda runs, run, _: runs.training.order(run),
    "trained": lambda runs, run, event: runs.training.trained(
        run, event["job"], event.get("failure")
    ),
    "register": lambda runs, run, _: runs.training.register(run),
    "serve": lambda runs, run, _: runs.training.serve(run),
    "questions": lambda runs, run, _: runs.judging.questions(run),
    "answer": lambda runs, run, event: runs.judging.answer(run, event["question"]),
    "judge": lambda runs, run, _: runs.judging.judge(run),
    "ask": lambda runs, run, event: runs.ending.ask(run, event["token"]),
    "promote": lambda runs, run, _: runs.ending.promote(run),
    "watch": lambda runs, run, event: runs.ending.watch(run, int(event["looks"])),
    "roll_back": lambda runs, run, event: runs.ending.roll_back(run, event["reason"]),
    "end": lambda runs, run, _: runs.ending.end(run),
    "refuse": lambda runs, run, event: runs.ending.refuse(run, event["reason"]),
    "fail": lambda runs, run, event: runs.ending.fail(run, event["failure"]),
}


class StepBusyError(Exception):
    """A step that may work when it is tried again; its message is what `broken` makes."""


class StepRefusedError(Exception):
    """A step that will not work so; its message is what `broken` makes."""


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do one step.

    Events:
        `{"step": NAME, "run": RUN, ...}`: a step of a run; answers what it came to.
        `{"due": "schedule"|"feedback"}`: start a run, where one is due; answers its name, or null.

    Raises:
        StepBusyError: Try the step again.
        StepRefusedError: Trying it again changes nothing.
    """
    observability.begin(context)
    try:
        if "due" in event:
            return {"started": get_services().remote.starting.due(event["due"])}
        run = run_name(event["run"])
        with on_journey(correlation=run):
            return STEPS[event["step"]](get_services().remote, run, event)
    except TransientError as error:
        raise StepBusyError(broken(str(error))) from error
    except WellreadError as error:
        raise StepRefusedError(broken(str(error))) from error
    finally:
        observability.end()
