"""Ports `FileParser` and `DocumentParser`.

The messy files of the development data come out as their manifest expects, and what is read from
the store, here or by somebody whom it is lent to, comes out alike.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.conftest import Place, folder_bucket
from tests.lending import Lending
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.domain.ingest.chunking import chunk
from wellread.domain.ingest.parse_outcome import pack_outcome, unpack_outcome
from wellread.domain.knowledge.documents import ObjectVersion, ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode, SupersededError
from wellread.ports.ingest import DocumentParser, DocumentStore, FileParser
from wellread.services.ingest.parsing import StoreReader

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


def same(one: ParsedText | Exception, other: ParsedText | Exception) -> bool:
    """Whether two outcomes are the same."""
    return one == other or (type(one) is type(other) is DocumentError and str(one) == str(other))


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
    port: FileParser = parser
    assert port.parse("a.txt", b"words").text == "words"


@dataclass
class Shelf:
    """A parser of documents, and the store that they lie in."""

    parser: DocumentParser
    store: DocumentStore
    put: Callable[[str, bytes], object]
    delete: Callable[[str], object]

    def current(self, key: str) -> ObjectVersion:
        version = self.store.current(key)
        assert version is not None
        return version


def in_the_folder(place: Place, files: SandboxedParser) -> Shelf:
    bucket = folder_bucket(place)
    return Shelf(StoreReader(bucket.store, files), bucket.store, bucket.put, bucket.delete)


def by_a_function(place: Place, files: SandboxedParser) -> Shelf:
    lending = Lending.on(place.aws, files)
    return Shelf(
        lending.parser,
        lending.store,
        lending.put,
        lambda key: lending.s3.delete_object(Bucket=lending.documents, Key=key),
    )


@pytest.fixture(params=[in_the_folder, by_a_function], ids=["store", "lambda"])
def shelf(request: pytest.FixtureRequest, place: Place, parser: SandboxedParser) -> Shelf:
    shelf: Shelf = request.param(place, parser)
    return shelf


def test_a_document_comes_out_as_its_file_does(
    shelf: Shelf, parser: SandboxedParser, repository: Path
) -> None:
    samples = sorted((repository / "examples" / "sample-documents").iterdir())
    assert len(samples) == 9
    for sample in samples:
        data = sample.read_bytes()
        shelf.put(f"folder/{sample.name}", data)
        parsed = shelf.parser.parse(shelf.current(f"folder/{sample.name}"))
        assert parsed == parser.parse(sample.name, data), sample.name


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.md", b"", FailureCode.EMPTY),
        ("blank.md", b" \n ", FailureCode.EMPTY),
        ("broken.pdf", b"%PDF-1.7\n" + b"x" * 100, FailureCode.DAMAGED),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, FailureCode.UNSUPPORTED),
        ("large.txt", b"x" * 1_000_001, FailureCode.TOO_LARGE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_fails_with_its_code(
    shelf: Shelf, parser: SandboxedParser, name: str, data: bytes, code: FailureCode
) -> None:
    shelf.put(name, data)
    with pytest.raises(DocumentError) as raised:
        shelf.parser.parse(shelf.current(name))
    assert raised.value.code is code
    if code is not FailureCode.TOO_LARGE:
        with pytest.raises(DocumentError) as direct:
            parser.parse(name, data)
        assert str(direct.value) == str(raised.value)


def test_a_document_that_changed_or_went_is_not_read(shelf: Shelf) -> None:
    shelf.put("a.md", b"one")
    old = shelf.current("a.md")
    shelf.put("a.md", b"another one")
    with pytest.raises(SupersededError):
        shelf.parser.parse(old)
    current = shelf.current("a.md")
    shelf.delete("a.md")
    with pytest.raises(SupersededError):
        shelf.parser.parse(current)


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
        if not same(unpack_outcome(pack_outcome(measured.outcome)), measured.outcome):
            wrong = "not the same for whoever it was lent to"
        if measured.peak_rss_bytes > 512 * 2**20:
            wrong = f"{measured.peak_rss_bytes} bytes of memory"
        if wrong and entry["file"] not in WRONG_EXPECTATIONS:
            complaints[entry["file"]] = wrong
    assert len(manifest) > 90
    assert complaints == {}
