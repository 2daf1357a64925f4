"""A fine-tuning run of a deployed stack: its code brought there, started, followed to its end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wellread.domain.knowledge.errors import InvalidConfigurationError, PermanentError
from wellread.domain.tune.models import RunName
from wellread.domain.tune.remote_runs import run_name
from wellread.local.deployed import StackOutputs, deployed_client

CLONE = Path(__file__).resolve().parents[4]
"""The repository, where wellread runs from one: it holds the code that trains."""

_LOOK_SECONDS = 20.0
_CODE = "training"
_LEFT_OUT = frozenset({"__pycache__"})


def start_run(
    stack: str,
    name: str,
    *,
    say: Callable[[str], object],
    clone: Path = CLONE,
    client: Callable[[str], Any] = deployed_client,
    outputs: Callable[[str], StackOutputs] = StackOutputs.of,
    sleep: Callable[[float], None] = time.sleep,
) -> Mapping[str, Any]:
    """Start a run, or find the one of that name, and wait until it has ended.

    Args:
        stack: The stack's name.
        name: The run's.
        say: Told how it goes on.
        clone: The repository with the code that trains.
        client: Makes clients of AWS's services by boto3's names.
        outputs: Asks a stack what it says about itself.
        sleep: Waits between looks.

    Returns:
        `verdict`, `reason` and `cost`, as the run ended.

    Raises:
        InvalidConfigurationError: There is no such stack or it does not fine-tune, or this is no
            clone.
        PermanentError: The run broke; the message says why and what to do.
    """
    from wellread.adapters.aws.step_functions import MachineRuns

    run = run_name(name)
    machine, folder = _places(outputs(stack))
    runs = MachineRuns(client("stepfunctions"), machine)
    known = runs.execution(run)
    if known is None or known["status"] != "RUNNING":
        count = _upload(client("s3"), folder, clone)
        say(f"Put {count} files of {_CODE}/ into {folder}code/.")
    if runs.start(run, by="person"):
        say(f"Started the run {run}. It goes on without this command; the same one follows it.")
    else:
        say(f"There is a run {run} already.")
    return _followed(runs, run, say, sleep)


def _places(outputs: StackOutputs) -> tuple[str, str]:
    machine = outputs.values.get("FineTuneStateMachineArn")
    folder = outputs.values.get("FineTuneFolder")
    if not (machine and folder):
        raise InvalidConfigurationError(
            f"The stack {outputs.name!r} does not fine-tune. Deploy it with the parameter "
            "FineTuning on, as docs/fine-tuning.md explains."
        )
    return machine, folder


def _upload(s3: Any, folder: str, clone: Path) -> int:
    """Bring the code that trains into the state bucket; how many files."""
    place = urlsplit(folder)
    files = list(_files(clone / _CODE))
    if not files:
        raise InvalidConfigurationError(
            f"There is no {_CODE}/train.py in {str(clone)!r}. Run this from a clone of wellread."
        )
    for file in files:
        key = f"{place.path.strip('/')}/code/{file.relative_to(clone).as_posix()}"
        s3.put_object(Bucket=place.netloc, Key=key, Body=file.read_bytes())
    return len(files)


def _files(code: Path) -> Iterator[Path]:
    if not (code / "train.py").is_file():
        return
    for file in sorted(code.rglob("*")):
        if file.is_file() and not _LEFT_OUT & set(file.parts):
            yield file


def _followed(
    runs: Any, run: RunName, say: Callable[[str], object], sleep: Callable[[float], None]
) -> Mapping[str, Any]:
    found = runs.execution(run)
    while found is not None and found["status"] == "RUNNING":
        sleep(_LOOK_SECONDS)
        found = runs.execution(run)
    if found is None:
        raise PermanentError(f"The run {run} is not known any more. Start it again.")
    if found["status"] != "SUCCEEDED":
        why = found.get("cause") or f"its execution is {found['status']}"
        raise PermanentError(f"The run {run} broke: {why}")
    end: Mapping[str, Any] = json.loads(found["output"])
    say(f"{str(end['verdict']).capitalize()}: {end['reason']}")
    return end
