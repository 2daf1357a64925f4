"""`wellread status` says what this machine holds the reader of a file to."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import pytest
from click.testing import CliRunner

from tests.laptop import Laptop
from wellread import bootstrap
from wellread.adapters.parsing.confined.confinement import Confinement, guards
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.local.status import status


def said(laptop: Laptop, *arguments: str) -> str:
    result = CliRunner().invoke(
        status, ["--data", str(laptop.settings.data), *arguments], catch_exceptions=False
    )
    bootstrap.install(laptop.services)
    return result.output


def test_status_tells_what_holds_and_what_does_not(laptop: Laptop) -> None:
    told: list[Mapping[str, object]] = json.loads(said(laptop, "--json"))["confinement"]
    assert [each["promise"] for each in told] == [each.promise for each in guards(Confinement())]
    assert all(bool(each["fix"]) != each["holds"] for each in told)
    if sys.platform != "linux":
        assert not any(each["holds"] for each in told)


@pytest.mark.parametrize(
    ("confinement", "words"),
    [
        (
            Confinement(filtered=True, landlock=7, apart=True),
            "Files are read in a process with no network, no new processes, no reach into other "
            "processes, no file but the one read, nothing written, a user of its own.\n",
        ),
        (
            Confinement(filtered=True),
            "This machine does not give: a user of its own. Allow user namespaces, or start "
            "wellread in its container as root. The other guards hold without it.\n",
        ),
        (
            Confinement(),
            "Files are read in an unconfined process.\nThis machine does not give: no network, no "
            "new processes, no reach into other processes, no file but the one read, nothing "
            "written. Run wellread on Linux (x86-64 or ARM64) with seccomp, where its "
            "container allows it.\n",
        ),
    ],
)
def test_status_says_it_in_words(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch, confinement: Confinement, words: str
) -> None:
    monkeypatch.setattr(SandboxedParser, "guards", lambda _parser: guards(confinement))
    assert words in said(laptop)
