"""What everything that holds files until somebody decides about them does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles import SetClock
from tests.simulated_aws import SimulatedAws, simulated_aws
from wellread.adapters.aws.s3_held import S3HeldFiles
from wellread.adapters.embedded.folder_held import FolderHeldFiles
from wellread.domain.chat.events import Person
from wellread.domain.chat.files import held_folder, held_key
from wellread.ports.chat import HeldFiles

ADA, BEN = (Person("teams", "t1", name) for name in ("ada", "ben"))


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture(params=["folder", "s3"])
def held(request: pytest.FixtureRequest, tmp_path: Path, aws: SimulatedAws) -> HeldFiles:
    if request.param == "folder":
        return FolderHeldFiles(tmp_path / "held", SetClock())
    return S3HeldFiles(aws.client("s3"), aws.bucket())


def test_a_content_is_held_until_it_is_deleted(held: HeldFiles) -> None:
    content = bytes(range(256)) * 1000
    held.put(held_key(ADA, "r1"), content)

    assert held.get(held_key(ADA, "r1")) == content
    held.delete(held_key(ADA, "r1"))
    assert held.get(held_key(ADA, "r1")) is None
    assert held.count(held_folder(ADA)) == 0


def test_what_is_put_again_is_held_once(held: HeldFiles) -> None:
    for content in (b"one", b"two"):
        held.put(held_key(ADA, "r1"), content)

    assert held.get(held_key(ADA, "r1")) == b"two"
    assert held.count(held_folder(ADA)) == 1


def test_each_giver_s_are_counted_and_deleted_for_themselves(held: HeldFiles) -> None:
    assert held.count(held_folder(ADA)) == 0
    for person, request in ((ADA, "r1"), (ADA, "r2"), (BEN, "r1")):
        held.put(held_key(person, request), person.id.encode())

    held.delete(held_key(ADA, "r1"))
    assert (held.count(held_folder(ADA)), held.count(held_folder(BEN))) == (1, 1)
    assert held.get(held_key(BEN, "r1")) == b"ben"


def test_what_is_not_held_is_none_and_deleting_it_does_nothing(held: HeldFiles) -> None:
    assert held.get(held_key(ADA, "r1")) is None
    held.delete(held_key(ADA, "r1"))
    assert held.get(held_key(ADA, "r1")) is None


def test_an_empty_file_is_held_too(held: HeldFiles) -> None:
    held.put(held_key(ADA, "r1"), b"")

    assert held.get(held_key(ADA, "r1")) == b""


def test_on_aws_they_lie_below_the_prefix_of_which_roles_and_lifecycle_speak(
    aws: SimulatedAws,
) -> None:
    s3, bucket = aws.client("s3"), aws.bucket()
    S3HeldFiles(s3, bucket).put(held_key(ADA, "r1"), b"x")

    (there,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert there["Key"] == f"held/{held_key(ADA, 'r1')}"
