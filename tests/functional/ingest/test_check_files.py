"""`wellread check-files` with the real parser in its own processes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wellread.domain.knowledge.errors import FailureCode, InvalidConfigurationError
from wellread.local.check_files import Expectation, comparable, judge, read_manifest
from wellread.local.cli import cli


class Bench:
    """Files, their manifest, and the command over both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        self.files.mkdir()
        self.lines: list[dict[str, Any]] = []

    def add(self, name: str, data: bytes, expect: str, **more: Any) -> None:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.lines.append({"file": name, "expect": expect, **more})

    def run(self, *arguments: str) -> Result:
        manifest = self.folder / "manifest.jsonl"
        manifest.write_text("".join(json.dumps(line) + "\n" for line in self.lines), "utf-8")
        options = ["--manifest", str(manifest), "--files", str(self.files)]
        out = str(self.folder / "results" / "out.jsonl")
        return CliRunner().invoke(cli, ["check-files", *options, "--out", out, *arguments])

    def results(self) -> dict[str, dict[str, Any]]:
        lines = (self.folder / "results" / "out.jsonl").read_text("utf-8").splitlines()
        return {found["file"]: found for found in map(json.loads, lines)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_every_file_gets_a_line_and_a_row(bench: Bench) -> None:
    bench.add("note.md", b"# Loans\n\nSeven days.\n", "text", must_include=["Seven days"])
    bench.add("empty.txt", b"", "error")
    bench.add("noise.bin", bytes(range(256)) * 8, "error")
    done = bench.run()
    assert done.exit_code == 0, done.output
    results = bench.results()
    note = results["note.md"]
    assert note.keys() == {
        *("file", "outcome", "code", "seconds", "peak_rss_mb", "text_chars", "as_expected")
    }
    assert (note["outcome"], note["code"], note["as_expected"]) == ("text", None, True)
    assert note["text_chars"] >= len("Loans Seven days.")
    assert note["seconds"] > 0
    assert note["peak_rss_mb"] > 1
    assert (results["empty.txt"]["outcome"], results["empty.txt"]["code"]) == ("error", "empty")
    assert results["noise.bin"]["code"] == "unsupported"
    assert "3 of 3 as expected" in done.output


def test_one_file_that_is_not_as_expected_makes_the_exit_code_1(bench: Bench) -> None:
    bench.add("note.md", b"Seven days.", "text", must_include=["nine"], must_not_include=["days"])
    bench.add("other.md", b"Five weeks.", "text")
    done = bench.run()
    assert done.exit_code == 1
    assert "lacks 'nine'; holds 'days'" in done.output
    assert [found["as_expected"] for found in bench.results().values()] == [False, True]


def test_a_file_that_is_not_there_is_unreadable_and_the_rest_goes_on(bench: Bench) -> None:
    bench.lines.append({"file": "gone.md", "expect": "text"})
    bench.add("here.md", b"Here.", "text")
    assert bench.run().exit_code == 1
    results = bench.results()
    assert (results["gone.md"]["outcome"], results["gone.md"]["code"]) == ("error", "unreadable")
    assert results["here.md"]["as_expected"]


def test_texts_are_kept_by_the_files_names(bench: Bench) -> None:
    long_name = "ü" * 120 + ".md"
    bench.add("deep/note.md", b"Seven days.", "text")
    bench.add(long_name, b"Five weeks.", "text")
    bench.add("empty.txt", b"", "error")
    texts = bench.folder / "texts"
    assert bench.run("--texts", str(texts)).exit_code == 0
    assert "Seven days." in (texts / "deep" / "note.md.txt").read_text("utf-8")
    kept = [path for path in texts.rglob("*") if path.is_file()]
    assert len(kept) == 2
    assert any("Five weeks." in path.read_text("utf-8") for path in kept)


def test_text_without_anything_to_search_is_no_text(bench: Bench) -> None:
    bench.add("blank.html", b"<html><body> <p> </p> </body></html>", "text_or_error")
    bench.run()
    assert bench.results()["blank.html"]["outcome"] != "text"


def test_texts_are_compared_whatever_their_characters_spaces_and_markup() -> None:
    written = "The\u00a0of\ufb01ce is o\u00adpen\n\n| Mon | 9\\.30 | max\\_size |"
    assert comparable("office is open Mon 9.30 max_size") in comparable(written)


@pytest.mark.parametrize(
    ("expect", "outcome", "good"),
    [
        ("text", None, True),
        ("text", FailureCode.DAMAGED, False),
        ("text", FailureCode.NO_TEXT, False),
        ("error", FailureCode.DAMAGED, True),
        ("error", FailureCode.NO_TEXT, True),
        ("error", None, False),
        ("text_or_error", None, True),
        ("text_or_error", FailureCode.ENCRYPTED, True),
        ("no_text", FailureCode.NO_TEXT, True),
        ("no_text", FailureCode.DAMAGED, False),
        ("no_text", None, False),
    ],
)
def test_outcomes_are_judged_by_what_is_expected(
    expect: str, outcome: FailureCode | None, good: bool
) -> None:
    assert (judge(Expectation(file="a", expect=expect), outcome, "text") == "") is good


def test_wrong_text_is_worse_than_an_error_where_either_will_do() -> None:
    either = Expectation(file="a", expect="text_or_error", include=("right",))
    assert judge(either, None, "wrong") == "lacks 'right'"
    assert judge(either, FailureCode.UNSUPPORTED, "") == ""


def test_recognised_text_of_a_scan_is_as_good_as_saying_that_it_is_one() -> None:
    scan = Expectation(file="a", expect="no_text", include=("Invoice",))
    assert judge(scan, None, "Invoice 7") == ""
    assert judge(scan, None, "1nvo1ce") == "lacks 'Invoice'"


def test_a_file_may_not_cost_more_than_the_manifest_allows() -> None:
    limited = Expectation(file="a", expect="text", max_rss_mb=100, max_seconds=2)
    assert judge(limited, None, "", seconds=1, peak_rss_mb=99) == ""
    assert judge(limited, None, "", seconds=3, peak_rss_mb=101) == (
        "took more than 2 s; took more than 100 MB"
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "Invalid JSON"),
        ("[]", "should be an object"),
        ('{"expect": "text"}', '"file": Field required'),
        ('{"file": "../a", "expect": "text"}', "inside --files"),
        ('{"file": "/a", "expect": "text"}', "inside --files"),
        ('{"file": "a", "expect": "maybe"}', '"expect": Input should be'),
        ('{"file": "a", "expect": "text", "must_include": "x"}', "valid array"),
        ('{"file": "a", "expect": "text", "max_seconds": "x"}', "valid number"),
        ("", "names no file"),
    ],
)
def test_what_is_wrong_with_a_manifest_is_said(tmp_path: Path, line: str, says: str) -> None:
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text(line + "\n", "utf-8")
    with pytest.raises(InvalidConfigurationError, match=r"manifest\.jsonl") as caught:
        read_manifest(manifest)
    assert says in str(caught.value)


@pytest.mark.shared
@pytest.mark.slow
def test_the_messy_files_come_out_as_their_manifest_says(
    tmp_path: Path, shared: Callable[[str], Path]
) -> None:
    folder = shared("data/files")
    manifest = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    # Its text is "x" a thousand times; the "0" its line asks for is not in the workbook.
    kept = [line for line in manifest if line["file"] != "more-than-1k-cells.xlsx"]
    narrowed = tmp_path / "manifest.jsonl"
    narrowed.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
    out = tmp_path / "out.jsonl"
    arguments = ["--manifest", narrowed, "--files", folder / "files", "--out", out]
    done = CliRunner().invoke(cli, ["check-files", *map(str, arguments)])
    assert done.exit_code == 0, done.output
    results = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert max(found["peak_rss_mb"] for found in results) <= 512
