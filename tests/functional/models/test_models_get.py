"""`wellread models get`: a model's file comes whole and checked, or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest
from click.testing import CliRunner

from tests.model_hub import ModelHub, running_hub
from wellread.adapters.llama import fetching, sources
from wellread.adapters.llama.sources import KNOWN
from wellread.domain.knowledge.errors import WellreadError
from wellread.local.cli import cli

CONTENT = b"GGUF" + bytes(range(256)) * 9000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NAME = "owner/repo-GGUF/model-q8.gguf"
PATH = "/owner/repo-GGUF/resolve/main/model-q8.gguf"
Usage = namedtuple("Usage", "total used free")
Get = Callable[..., str]


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with running_hub() as hub:
        hub.files[PATH] = CONTENT
        yield hub


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def get(hub: ModelHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Get:
    monkeypatch.setenv("WELLREAD_HUB_URL", hub.url)
    monkeypatch.setenv("WELLREAD_BASE_MODELS", str(folder))

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, ["models", "get", *arguments])
        if isinstance(result.exception, WellreadError):
            return f"refused: {result.exception}"
        assert result.exit_code == 0, result.output
        return result.output

    return run


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if not path.name.endswith(".lock"))


def test_a_file_of_the_hub_comes_and_can_be_answered_with(get: Get, folder: Path) -> None:
    said = get(NAME)

    assert (folder / "model-q8.gguf").read_bytes() == CONTENT
    assert files(folder) == ["model-q8.gguf"]
    assert "WELLREAD_MODEL=model-q8\n" in said
    assert SHA256 in said
    assert " of 3 MB" in said


def test_a_file_that_is_here_is_not_fetched_again(get: Get, hub: ModelHub) -> None:
    get(NAME)
    hub.asked.clear()

    assert "is here already" in get(NAME)
    assert len(hub.asked) == 2


def test_a_download_that_broke_off_goes_on_where_it_stopped(
    get: Get, hub: ModelHub, folder: Path
) -> None:
    hub.breaks_after = 1_500_000
    assert "Run the same command again" in get(NAME)
    (part,) = files(folder)
    begun = (folder / part).stat().st_size
    hub.breaks_after = None
    get(NAME)

    assert begun > 0
    assert f"bytes={begun}-" in [asked for _, asked in hub.asked]
    assert (folder / "model-q8.gguf").read_bytes() == CONTENT


def test_a_server_that_cannot_go_on_is_asked_from_the_start(
    get: Get, hub: ModelHub, folder: Path
) -> None:
    hub.breaks_after, hub.ranges = 1_500_000, False
    get(NAME)
    hub.breaks_after = None
    get(NAME)

    assert (folder / "model-q8.gguf").read_bytes() == CONTENT


def test_what_was_begun_of_another_version_is_not_mixed_in(
    get: Get, hub: ModelHub, folder: Path
) -> None:
    hub.breaks_after = 1_500_000
    get(NAME)
    hub.breaks_after, hub.files[PATH] = None, CONTENT + b"newer"
    get(NAME)

    assert (folder / "model-q8.gguf").read_bytes() == CONTENT + b"newer"


def test_another_file_than_was_vouched_for_is_not_fetched(
    get: Get, hub: ModelHub, folder: Path
) -> None:
    assert "another file than was vouched for" in get(NAME, "--sha256", "0" * 64)
    assert files(folder) == []


def test_bytes_with_another_hash_are_deleted(get: Get, hub: ModelHub, folder: Path) -> None:
    hub.says = "0" * 64

    assert "not the file that was expected" in get(NAME)
    assert files(folder) == []


def test_a_page_instead_of_a_model_is_refused(get: Get, hub: ModelHub, folder: Path) -> None:
    hub.files[PATH] = b"<!doctype html>" * 1000

    assert "no GGUF file" in get(NAME)
    assert files(folder) == []


def test_without_room_nothing_is_fetched(
    get: Get, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1))

    assert "MB of free disk" in get(NAME)
    assert files(folder) == []


def test_a_disk_that_fills_up_is_told_and_the_file_comes_once_there_is_room(
    get: Get, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(fetching.Path, "open", full)
        said = get(NAME)

    assert "is full" in said
    assert "WELLREAD_MODEL=model-q8\n" in get(NAME)


def test_another_file_of_that_name_is_left_alone(get: Get, folder: Path) -> None:
    folder.mkdir()
    (folder / "model-q8.gguf").write_bytes(b"GGUF mine")

    assert "is another file of that name" in get(NAME)
    assert (folder / "model-q8.gguf").read_bytes() == b"GGUF mine"


def test_a_second_one_at_a_time_is_told_so(get: Get, folder: Path) -> None:
    folder.mkdir()
    with filelock.FileLock(folder / ".model-q8.lock"):
        assert "is being fetched already" in get(NAME)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("owner/repo-GGUF/missing.gguf", "no such file"),
        ("llama", "There is no model"),
        ("owner/repo", "There is no model"),
        ("owner/../../etc/x.gguf", "There is no model"),
        ("owner/repo/..gguf", "There is no model"),
        ("http://example.com/model.gguf", "https address only"),
        ("https://example.com/model.gguf", "Give --sha256"),
        ("https://example.com/model.bin", "Give --sha256"),
    ],
)
def test_what_cannot_be_fetched_says_why(get: Get, folder: Path, name: str, why: str) -> None:
    said = get(name)

    assert said.startswith("refused")
    assert why in said


def test_an_address_of_the_hub_will_do(get: Get, hub: ModelHub, folder: Path) -> None:
    get(hub.url + PATH)

    assert files(folder) == ["model-q8.gguf"]


def test_a_hub_that_says_no_hash_needs_one(get: Get, hub: ModelHub, folder: Path) -> None:
    hub.says_hashes = False

    assert "Give --sha256" in get(NAME)
    get(NAME, "--sha256", SHA256.upper())
    assert files(folder) == ["model-q8.gguf"]


def test_a_busy_hub_is_told_as_such(get: Get, hub: ModelHub) -> None:
    hub.status = 503

    assert "refuses for now (503)" in get(NAME)


def test_a_known_name_is_of_one_commit_and_one_hash(
    get: Get, hub: ModelHub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = KNOWN[0]
    hub.files[f"/{small.repository}/resolve/{small.revision}/{small.file}"] = CONTENT
    assert "another file than was vouched for" in get(small.name)

    vouched = small.__class__(
        small.name, small.repository, small.revision, small.file, 1, SHA256, "MIT", ""
    )
    monkeypatch.setattr(sources, "KNOWN", (vouched,))
    get(small.name)
    assert files(folder) == [f"{small.name}.gguf"]


def test_the_known_ones_are_listed_by_size_with_their_licence(get: Get) -> None:
    lines = get("--list").splitlines()

    assert [line.split()[0] for line in lines] == [known.name for known in KNOWN]
    assert [known.size for known in KNOWN] == sorted(known.size for known in KNOWN)
    assert all("Apache-2.0" in line for line in lines)


def test_programs_get_json(get: Get, hub: ModelHub, folder: Path) -> None:
    said = get(NAME, "--json")

    assert json.loads(said[said.index("{") :]) == {
        "name": "model-q8",
        "path": str(folder / "model-q8.gguf"),
        "bytes": len(CONTENT),
        "sha256": SHA256,
        "already": False,
    }
    assert [known["sha256"] for known in json.loads(get("--list", "--json"))] == [
        known.sha256 for known in KNOWN
    ]


def test_without_a_name_it_says_how_to_use_it(get: Get) -> None:
    result = CliRunner().invoke(cli, ["models", "get"])

    assert result.exit_code == 2
    assert "--list" in result.output
