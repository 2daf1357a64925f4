"""The package of the Teams app, fact by fact as Microsoft documents it."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scripts.teams_tools import TOOLS
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.cli import cli
from wellread.local.requests_url import requests_url
from wellread.local.teams_package import PATH, manifest_of, package_of

CLIENT_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
URL = "https://wellread.example.com/api/messages"
_VALIDATE = """
const fs = require("fs"), [, schemaFile] = process.argv;
const schema = JSON.parse(fs.readFileSync(schemaFile)), Ajv = require("ajv-draft-04");
const ajv = new (Ajv.default || Ajv)({ strict: false, allErrors: true });
require("ajv-formats").default(ajv);
const check = ajv.compile(schema);
check(JSON.parse(fs.readFileSync(0)));
console.log(JSON.stringify(check.errors || []));
"""


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package_of(URL, CLIENT_ID, name="wellread"))) as package:
        return {name: package.read(name) for name in package.namelist()}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["teams-package", *arguments])


def test_it_has_a_manifest_and_two_icons_at_its_root(parts: dict[str, bytes]) -> None:
    assert set(parts) == {"manifest.json", "color.png", "outline.png"}
    manifest = json.loads(parts["manifest.json"])
    assert manifest["icons"] == {"color": "color.png", "outline": "outline.png"}
    assert manifest == manifest_of(URL, CLIENT_ID, name="wellread")


def errors_of(manifest: bytes) -> list[dict[str, Any]]:
    """What Microsoft's own schema has against a manifest."""
    folder, node = TOOLS.installed(), TOOLS.node()
    modules = folder / "node_modules" if folder else Path()
    version = json.loads(manifest)["manifestVersion"]
    schemas = modules / "@microsoft" / "app-manifest" / "build" / "json-schemas" / "teams"
    if node is None or not schemas.is_dir():
        pytest.skip("needs Node and Teams' schemas: python3 -m scripts.teams_tools installs these")
    done = subprocess.run(
        [node, "-e", _VALIDATE, str(schemas / f"v{version}" / "MicrosoftTeams.schema.json")],
        input=manifest,
        env={**os.environ, "NODE_PATH": str(modules)},
        capture_output=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_manifest_is_valid_by_microsofts_schema(parts: dict[str, bytes]) -> None:
    assert errors_of(parts["manifest.json"]) == []
    wrong = json.loads(parts["manifest.json"]) | {"bots": [{"botId": "1"}], "speaks": True}
    assert errors_of(json.dumps(wrong).encode()) != []


def test_the_bot_is_for_people_teams_and_group_chats_and_takes_files(
    parts: dict[str, bytes],
) -> None:
    (bot,) = json.loads(parts["manifest.json"])["bots"]
    assert bot["botId"] == CLIENT_ID
    assert set(bot["scopes"]) == {"personal", "team", "groupChat"}
    assert bot["supportsFiles"]


def test_the_app_asks_for_no_permissions_and_shows_no_pages(parts: dict[str, bytes]) -> None:
    manifest = json.loads(parts["manifest.json"])
    pages = {"authorization", "permissions", "webApplicationInfo", "staticTabs", "configurableTabs"}
    assert pages & manifest.keys() == set()
    assert manifest["validDomains"] == ["wellread.example.com"]


def test_texts_are_no_longer_than_teams_takes_them() -> None:
    manifest = manifest_of(URL, CLIENT_ID, name="w" * 30)
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["developer"]["name"]) <= 32
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["description"]["full"]) <= 4000


def pixels_of(png: bytes) -> tuple[int, list[tuple[int, ...]]]:
    """Side and pixels of a square picture of ours: eight bits, RGBA, no filters."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, []
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(
            kind + data
        )
        chunks.append((kind, data))
        at += 12 + size
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *form = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (width, form) == (height, [8, 6, 0, 0, 0])
    raw = zlib.decompress(chunks[1][1])
    line = 1 + 4 * width
    assert len(raw) == line * height
    assert {raw[row * line] for row in range(height)} == {0}
    return width, [
        tuple(raw[row * line + 1 + 4 * column :][:4])
        for row in range(height)
        for column in range(width)
    ]


def test_the_color_icon_is_full_and_of_the_size_that_teams_wants(parts: dict[str, bytes]) -> None:
    side, pixels = pixels_of(parts["color.png"])
    assert side == 192
    assert {pixel[3] for pixel in pixels} == {255}
    share = sum(pixel[:3] == (255, 255, 255) for pixel in pixels) / len(pixels)
    assert 0.05 < share < 0.5


def test_the_outline_icon_is_white_on_nothing(parts: dict[str, bytes]) -> None:
    side, pixels = pixels_of(parts["outline.png"])
    assert side == 32
    assert {pixel[:3] for pixel in pixels} == {(255, 255, 255)}
    assert 0.05 < sum(pixel[3] > 127 for pixel in pixels) / len(pixels) < 0.6


def test_the_same_package_is_written_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_ID", CLIENT_ID.upper())
    out = tmp_path / "wellread.zip"
    done = run("--url", "https://wellread.example.com", "--out", str(out))
    assert done.exit_code == 0
    assert URL in done.stdout
    assert done.stderr == ""
    assert out.read_bytes() == package_of(URL, CLIENT_ID, name="wellread")


@pytest.mark.parametrize("client_id", ["", "wellread", f"{CLIENT_ID}0", "{" + CLIENT_ID + "}"])
def test_a_client_id_that_is_none_is_refused_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client_id: str
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_ID", client_id)
    out = tmp_path / "wellread.zip"
    done = run("--url", "https://wellread.example.com", "--out", str(out))
    assert isinstance(done.exception, InvalidConfigurationError)
    assert "WELLREAD_TEAMS_CLIENT_ID" in str(done.exception)
    assert not out.exists()


def test_an_address_that_teams_cannot_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_ID", CLIENT_ID)
    done = run("--url", "http://wellread.example.com", "--out", str(tmp_path / "a.zip"))
    assert isinstance(done.exception, InvalidConfigurationError)
    assert "Teams sends its requests to https addresses alone" in str(done.exception)


def test_a_file_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_ID", CLIENT_ID)
    done = run("--url", URL, "--out", str(tmp_path / "nowhere" / "a.zip"))
    assert isinstance(done.exception, InvalidConfigurationError)
    assert "Name another file" in str(done.exception)


def test_the_path_may_be_given_with_the_address() -> None:
    assert requests_url(f"{URL}/", PATH, "Teams") == URL


@pytest.mark.parametrize("archive", [False, True], ids=["text", "archive"])
def test_no_file_is_overwritten_but_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: bool
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_ID", CLIENT_ID)
    out = tmp_path / "wellread.zip"
    for _ in range(2):
        assert run("--url", URL, "--out", str(out)).exit_code == 0
    out.write_text("precious")
    if archive:
        with zipfile.ZipFile(out, "w") as mine:
            mine.writestr("photos/1.jpg", b"precious")
    before = out.read_bytes()
    done = run("--url", URL, "--out", str(out))
    assert isinstance(done.exception, InvalidConfigurationError)
    assert "Name another file" in str(done.exception)
    assert out.read_bytes() == before


@pytest.mark.parametrize("url", ["https://localhost", "https://127.0.0.1:8080", "http://[::1]:80"])
def test_an_address_that_only_this_machine_knows_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_ID", CLIENT_ID)
    done = run("--url", url, "--out", str(tmp_path / "wellread.zip"))
    assert done.exit_code == 0
    assert "Use a tunnel" in done.output
