"""Documents, questions of which it is known what is right, and models to be asked them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.integration.driver import Driver
from tests.tuning import manifest
from wellread.domain.ask.prompting import DECLINE
from wellread.domain.tune.manifests import HELD_OUT, MANIFEST, TRAIN, VALIDATION
from wellread.services.tune.stored_datasets import sha256_of

PREFIX = "works/"
_MACHINES = ("kiln", "loom", "press", "lathe", "crane", "pump", "forge", "mill")
_SOURCE = re.compile(r"^\[(\d+)\]", re.MULTILINE)
_ROWS = 60


@dataclass(frozen=True)
class Known:
    """A question and the sentence that answers it; none for one that nothing answers."""

    id: str
    question: str
    sentence: str
    gold: str

    def as_line(self) -> dict[str, Any]:
        answered = {"answers": [self.sentence], "gold": [self.gold]}
        missed = {"answerable": False, "related": [self.gold]}
        more = answered if self.sentence else missed
        return {"id": self.id, "question": self.question, **more}


def key(machine: str) -> str:
    return f"{PREFIX}{machine}.md"


def facts(number: int) -> tuple[str, str]:
    machine, tonnes = _MACHINES[number], 11 + 7 * number
    return (
        f"The {machine} weighs {tonnes} tonnes with its base.",
        f"The {machine} holds {tonnes + 9} litres of cooling water.",
    )


def questions() -> list[Known]:
    """Sixteen that the documents answer, and eight that they do not."""
    found = []
    for number, machine in enumerate(_MACHINES):
        weighs, holds = facts(number)
        asked = (
            (f"How many tonnes does the {machine} weigh?", weighs),
            (f"How many litres of cooling water does the {machine} hold?", holds),
            (f"Who painted the sign above the {machine}?", ""),
        )
        for each, (question, sentence) in enumerate(asked):
            found.append(Known(f"q{number}{each}", question, sentence, key(machine)))
    return found


def fill(driver: Driver) -> None:
    """Put the documents, and wait until they can be asked about."""
    keys = [*map(key, _MACHINES), f"{PREFIX}anvil.md"]
    for number, machine in enumerate(_MACHINES):
        weighs, holds = facts(number)
        driver.put(
            key(machine), f"# The {machine}\n\n{weighs}\n\n## Water of the {machine}\n\n{holds}\n"
        )
    driver.put(keys[-1], "# The anvil\n\nThe anvil stands in the yard behind the old smithy.\n")
    driver.ended(keys, 120, status="indexed")


def plant_dataset(driver: Driver, run: str) -> str:
    """Let a run find that its dataset is built already; its name."""
    row = json.dumps({"document": key("anvil"), "sources": {key("anvil"): "1"}}) + "\n"
    held_out = "".join(json.dumps(each.as_line()) + "\n" for each in questions())
    files = {TRAIN: row * _ROWS, VALIDATION: row * 5, HELD_OUT: held_out}
    made = replace(
        manifest(
            dataset=f"planted-{run}",
            documents={key("anvil"): "1"},
            held_out=frozenset(map(key, _MACHINES)),
            counts={"train": _ROWS, "validation": 5},
        ),
        files={name: sha256_of(text) for name, text in files.items()},
    )
    for name, text in {**files, MANIFEST: json.dumps(made.as_json())}.items():
        put(driver, f"datasets/{made.dataset}/{name}", text)
    put(driver, f"datasets/datasets/{made.dataset}", "")
    note = {"dataset": made.dataset, "rows": _ROWS}
    put(driver, f"fine-tune/{run}/note-dataset.json", json.dumps(note))
    return made.dataset


def put(driver: Driver, name: str, text: str) -> None:
    """Put something into the state bucket."""
    bucket = driver.stack.outputs["StateBucketName"]
    driver.stack.client("s3").put_object(Bucket=bucket, Key=name, Body=text.encode())


def read(driver: Driver, name: str) -> str:
    bucket = driver.stack.outputs["StateBucketName"]
    got = driver.stack.client("s3").get_object(Bucket=bucket, Key=name)
    return str(got["Body"].read().decode())


def copy_outcomes(driver: Driver, of: str, to: str) -> int:
    """Let a run find that its questions were answered as another run's were; how many."""
    s3, bucket = driver.stack.client("s3"), driver.stack.outputs["StateBucketName"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"fine-tune/{of}/outcome-")["Contents"]
    for each in listed:
        name = each["Key"].rpartition("/")[2]
        put(driver, f"fine-tune/{to}/{name}", read(driver, each["Key"]))
    return len(listed)


def knowing(messages: Sequence[dict[str, str]]) -> str:
    """A model that answers what the sources say, cites it, and declines otherwise."""
    if messages[0]["content"].startswith("Check claims"):
        claims = json.loads(messages[-1]["content"])["claims"]
        verdicts = [{"id": claim["id"], "supported": True} for claim in claims]
        return json.dumps({"verdicts": verdicts})
    said = messages[-1]["content"]
    known = next((each for each in questions() if each.question in said), None)
    if known is None or not known.sentence or known.sentence not in said:
        return DECLINE
    before = said[: said.index(known.sentence)]
    return f"{known.sentence} [{_SOURCE.findall(before)[-1]}]"


def clueless(messages: Sequence[dict[str, str]]) -> str:
    """A model that declines everything."""
    return knowing(messages) if "Check claims" in messages[0]["content"] else DECLINE
