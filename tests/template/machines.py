"""State machines as their definitions say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.template.cloudformation import Template


def definition_of(template: Template, machine: str, repository: Path) -> dict[str, Any]:
    """The definition of one of the template's state machines."""
    uri = template.properties(machine)["DefinitionUri"]
    # JSON: the emulator takes a definition in YAML and fails every execution of it.
    assert uri.endswith(".asl.json")
    found: dict[str, Any] = json.loads((repository / uri).read_text("utf-8"))
    return found


def substitutions_of(definition: dict[str, Any]) -> set[str]:
    return set(re.findall(r"\$\{(\w+)\}", json.dumps(definition)))


def machines(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A definition, and those that are inside it."""
    yield definition
    for state in definition["States"].values():
        if "ItemProcessor" in state:
            yield from machines(state["ItemProcessor"])


def every_state(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for machine in machines(definition):
        yield from machine["States"].values()


def next_states(state: dict[str, Any]) -> Iterator[str]:
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for branch in [*state.get("Choices", []), *state.get("Catch", [])]:
        yield branch["Next"]


def unreached(definition: dict[str, Any]) -> set[str]:
    """States that nothing leads to; fails where something leads nowhere."""
    left = set()
    for machine in machines(definition):
        states = machine["States"]
        reached, waiting = set(), [machine["StartAt"]]
        while waiting:
            name = waiting.pop()
            assert name in states, name
            if name not in reached:
                reached.add(name)
                waiting += next_states(states[name])
        left |= set(states) - reached
    return left
