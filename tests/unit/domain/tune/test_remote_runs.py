from __future__ import annotations

import re

import pytest

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.models import RunName
from wellread.domain.tune.remote_runs import MOST_ATTEMPTS, job_name, run_name


@pytest.mark.parametrize("name", ["may", "2026-12-leave", "a", "x" * 32])
def test_a_run_has_a_name_that_goes_anywhere(name: str) -> None:
    assert run_name(name) == name


@pytest.mark.parametrize("name", ["", "May", "a--b", "-a", "a-", "a_b", "x" * 33, "a b", "a/../b"])
def test_other_names_are_refused_with_an_example(name: str) -> None:
    with pytest.raises(InvalidConfigurationError, match="2026-12-leave"):
        run_name(name)


def test_the_longest_names_are_still_names_of_jobs() -> None:
    name = job_name("w" * 20, RunName("x" * 32), MOST_ATTEMPTS)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
