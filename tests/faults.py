"""What is to go wrong with the calls of a stand-in for a chat platform."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any


@dataclass
class Fault:
    """What is to go wrong with the next calls of one name.

    Attributes:
        error: The platform's code; Slack says it in an answer with `ok` false.
        status: An HTTP status instead, with a page that is no JSON.
        retry_after: 429 with so many seconds.
        drop: The connection is closed without an answer.
        taken: Whether the call takes effect before that.
        slow: Seconds before anything happens.
        skip: So many calls pass first.
        times: So many calls fail; then it is over.
    """

    error: str = ""
    status: int = 0
    retry_after: int | None = None
    drop: bool = False
    taken: bool = False
    slow: float = 0.0
    skip: int = 0
    times: float = 1


class Faulty:
    """A stand-in whose calls can be made to fail.

    Attributes:
        faults: What waits for the calls of each name.
        lock: Whoever serves holds it.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.faults: dict[str, list[Fault]] = {}

    def fail(self, name: str, **fault: Any) -> None:
        """Have the next calls of a name go wrong; `Fault` says how."""
        self.faults.setdefault(name, []).append(Fault(**fault))

    def next_fault(self, name: str) -> Fault | None:
        """The fault that a call is to meet; where several wait, one after another."""
        with self.lock:
            waiting = self.faults.get(name, [])
            if not waiting:
                return None
            fault = waiting[0]
            if fault.skip > 0:
                fault.skip -= 1
                return None
            fault.times -= 1
            if fault.times <= 0:
                waiting.pop(0)
            return fault
