"""Orders to the stand-in over HTTP, for tests that run it as a process. Never signed.

POST /_standin/settle makes everything visible. POST /_standin/faults takes an object whose keys
are the methods of `Faults` and whose values are their arguments by name, e.g.
{"throttle_items": {"places": [0]}, "change_policy": {"seconds": 2}}. GET /_standin/state says what
was served and how many points in time are open.
"""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from stack_local.serverless.exchange import Refusal, Request, Response
from stack_local.serverless.faults import Faults

CONTROL_PATH = "/_standin/"

_ORDERS = frozenset(
    {"answer", "throttle_items", "lose_answers", "change_policy", "fall_asleep", "clear"}
)


class Controlled(Protocol):
    """What takes the orders."""

    faults: Faults

    @property
    def served(self) -> Counter[str]:
        """How many requests of each operation."""

    @property
    def open_views(self) -> int:
        """How many points in time are open."""

    def settle(self) -> None:
        """Make everything visible."""


def control(standin: Controlled, request: Request) -> Response:
    """Carry out an order."""
    try:
        match request.method, request.path.removeprefix(CONTROL_PATH):
            case "POST", "settle":
                standin.settle()
            case "POST", "faults":
                _order(standin.faults, request)
            case "GET", "state":
                state = {"served": dict(standin.served), "open_views": standin.open_views}
                return Response.of(200, state)
            case _:
                return Response.of(404, {"error": f"no order {request.path}"})
    except (TypeError, ValueError) as error:
        return Response.of(400, {"error": str(error)})
    except Refusal as refusal:
        return refusal.response
    return Response.of(200, {"done": True})


def _order(faults: Faults, request: Request) -> None:
    orders = request.document()
    unknown = sorted(set(orders) - _ORDERS)
    if unknown:
        raise ValueError(f"no such faults: {unknown}")
    for name, arguments in orders.items():
        getattr(faults, name)(**arguments)
