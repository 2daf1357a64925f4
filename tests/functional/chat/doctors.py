"""Runs of `wellread doctor` on a data folder, for its tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.laptop import Laptop
from wellread import bootstrap
from wellread.local.doctor.command import doctor


def served(data: Path) -> Path:
    """A data folder that was served, and where no chat platform is on."""
    made = Laptop(data)
    made.drop("a.md", "# A\n\nWords.\n")
    made.close()
    return data


def rules(data: Path, platform: str, **said: object) -> None:
    """Write the settings document's rules of a platform."""
    (data / "access.json").write_text(json.dumps({"access": {}, "chat": {platform: said}}))


def run(data: Path, *arguments: str) -> Result:
    found = CliRunner().invoke(doctor, ["--data", str(data), *arguments])
    bootstrap.install(None)
    return found


def checks(data: Path) -> dict[str, dict[str, Any]]:
    found = json.loads(run(data, "--json").output)
    return {each["check"]: each for each in found["checks"]}


def failed(data: Path) -> dict[str, str]:
    """Cause and fix of each check that failed."""
    return {
        name: f"{each['says']} {each['fix']}"
        for name, each in checks(data).items()
        if not each["ok"]
    }
