"""Files that take over their reader: what they try succeeds unconfined, and fails confined."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="readers are confined on Linux only"
)
if sys.platform == "linux":
    from tests.unit.adapters.parsing.confined.escapes import ATTACKS
else:
    ATTACKS = {}


def outcomes(*arguments: str) -> Mapping[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.adapters.parsing.confined.victim", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        start_new_session=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "WELLREAD_TEST_SECRET": "a secret of the victim's",
        },
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def unconfined() -> Mapping[str, str]:
    return outcomes("--unconfined")


@pytest.fixture(scope="module")
def confined() -> Mapping[str, str]:
    return outcomes()


def test_the_attacks_are_real(unconfined: Mapping[str, str]) -> None:
    succeeded = [name for name, said in unconfined.items() if said.startswith("succeeded")]
    assert set(unconfined) == set(ATTACKS)
    # Containers and hardened kernels refuse some by themselves.
    assert len(succeeded) >= 50
    assert {
        "environment_of_the_victim",
        "a_file_of_the_data_folder",
        "a_new_file_in_the_data_folder",
        "a_connection",
        "a_fork",
        "a_program",
        "a_signal",
    } <= set(succeeded)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(
    unconfined: Mapping[str, str], confined: Mapping[str, str], name: str
) -> None:
    if not unconfined[name].startswith("succeeded"):
        pytest.skip(f"this machine refuses it anyway: {unconfined[name]}")
    assert confined[name].startswith(("refused: ", "ended: "))


def test_landlock_alone_keeps_the_victim_s_files_and_memory_from_a_reader(
    unconfined: Mapping[str, str],
) -> None:
    behind = outcomes("--without-filter")
    if behind["a_file_of_the_data_folder"].startswith("succeeded") and not landlock():
        pytest.skip("this kernel has no Landlock")
    for name in (
        "environment_of_the_victim",
        "environment_of_every_process",
        "memory_file_of_the_victim",
        "memory_of_the_victim",
        "tracing_the_victim",
        "descriptor_of_the_victim",
        "a_file_of_the_data_folder",
        "a_file_by_the_newest_call",
        "the_system_s_users",
        "names_in_the_data_folder",
        "a_library_that_was_not_loaded",
        "a_new_file_in_the_data_folder",
        "a_new_file_in_shared_memory",
        "no_file_any_more",
        "a_folder",
    ):
        assert behind[name].startswith("refused: "), name


def landlock() -> int:
    import ctypes

    create_ruleset, version = 444, 1
    return max(0, ctypes.CDLL(None).syscall(create_ruleset, None, 0, version))
