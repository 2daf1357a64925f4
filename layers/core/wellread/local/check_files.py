"""`wellread check-files`: whether files are read as a manifest says they must be."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from wellread.bootstrap.file_parser import file_parser
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode, InvalidConfigurationError
from wellread.local.printing import printable
from wellread.settings import Settings, load_settings

if TYPE_CHECKING:
    from wellread.adapters.parsing.confined.sandbox import SandboxedParser

_MIB = 2**20
_LONGEST_NAME_BYTES = 255
_ESCAPES = re.compile(r"\\(?=[^\w\s]|_)")
_SPACES = re.compile(r"\s+")


class Expectation(BaseModel):
    """A line of a manifest.

    Attributes:
        file: A path inside the folder of the files.
        include: What the text must hold.
        exclude: What it must not hold.
    """

    model_config = ConfigDict(frozen=True, strict=True, populate_by_name=True)

    file: str
    expect: Literal["text", "error", "text_or_error", "no_text"]
    include: tuple[str, ...] | None = Field(None, alias="must_include")
    exclude: tuple[str, ...] | None = Field(None, alias="must_not_include")
    max_rss_mb: float | None = None
    max_seconds: float | None = None

    @field_validator("file")
    @classmethod
    def _inside(cls, file: str) -> str:
        parts = file.replace("\\", "/").split("/")
        if not all(parts) or ".." in parts:
            raise ValueError("must be a path inside --files")
        return file


@dataclass(frozen=True, slots=True)
class FileResult:
    """What came of a file: a line for programs.

    Attributes:
        outcome: `text`, `error` or `no_text`.
        code: Why there is no text, None where there is.
    """

    file: str
    outcome: str
    code: str | None
    seconds: float
    peak_rss_mb: float
    text_chars: int
    as_expected: bool


@click.command(name="check-files")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="A line of JSON a file: what must come of it.",
)
@click.option(
    "--files",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder that the manifest's names are in.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where the results go, a line of JSON a file.",
)
@click.option(
    "--texts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the texts in this folder, as NAME.txt.",
)
def check_files(manifest: Path, folder: Path, out: Path, texts: Path | None) -> None:
    """Read every file of a manifest, each in a process of its own, and compare.

    The exit code is 0 where all came out as expected, else 1.
    """
    expectations = read_manifest(manifest)
    if not folder.is_dir():
        raise InvalidConfigurationError(f"There is no folder {str(folder)!r}.")
    settings = load_settings()
    results = []
    click.echo(f"{'':3} {'outcome':8} {'code':12} {'seconds':>8} {'MB':>6} {'chars':>9}  file")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("w", encoding="utf-8") as lines:
            for result, why in check(expectations, folder, settings, texts):
                results.append(result)
                lines.write(json.dumps(asdict(result)) + "\n")
                lines.flush()
                click.echo(_row(result) + (f"  ({why})" if why else ""))
    except OSError as error:
        raise InvalidConfigurationError(
            f"The results cannot be written: {error.filename}: {error.strerror}."
        ) from error
    good = sum(result.as_expected for result in results)
    click.echo(
        f"{good} of {len(results)} as expected, at most {max(r.peak_rss_mb for r in results):.0f} "
        f"MB and {max(r.seconds for r in results):.1f} s a file, "
        f"{sum(r.seconds for r in results):.1f} s in all."
    )
    sys.exit(0 if good == len(results) else 1)


def check(
    expectations: Sequence[Expectation],
    folder: Path,
    settings: Settings,
    texts: Path | None = None,
) -> Iterator[tuple[FileResult, str]]:
    """Read files; yields each result with what is not as expected, in words ("" if nothing)."""
    with file_parser(settings) as parser:
        for expected in expectations:
            outcome, seconds, peak = _read(parser, folder / expected.file)
            if texts is not None and isinstance(outcome, ParsedText):
                _keep(texts, expected.file, outcome.text)
            code = None if isinstance(outcome, ParsedText) else outcome.code
            text = outcome.text if isinstance(outcome, ParsedText) else ""
            why = judge(expected, code, text, seconds=seconds, peak_rss_mb=peak / _MIB)
            yield (
                FileResult(
                    file=expected.file,
                    outcome=_outcome(code),
                    code=code.value if code else None,
                    seconds=round(seconds, 3),
                    peak_rss_mb=round(peak / _MIB, 1),
                    text_chars=len(text),
                    as_expected=not why,
                ),
                why,
            )


def judge(
    expected: Expectation,
    code: FailureCode | None,
    text: str,
    *,
    seconds: float = 0.0,
    peak_rss_mb: float = 0.0,
) -> str:
    """What is not as expected of a file, in words; "" where all is.

    Args:
        expected: What should be.
        code: Why the file has no text, None where it has.
        text: The file's text.
        seconds: What reading it took.
        peak_rss_mb: What reading it took of memory.
    """
    wrong = []
    outcome = _outcome(code)
    # A file that is reported as having no text was not passed over in silence, so it counts as an
    # error; text recognised where none was expected is better than that, if it is the right text.
    allowed = {
        "text": {"text"},
        "error": {"error", "no_text"},
        "text_or_error": {"text", "error", "no_text"},
        "no_text": {"no_text", "text"} if expected.include else {"no_text"},
    }[expected.expect]
    if outcome not in allowed:
        wrong.append(f"expected {expected.expect.replace('_', ' ')}")
    elif outcome == "text":
        found = comparable(text)
        wrong += [f"lacks {t!r}" for t in expected.include or () if comparable(t) not in found]
        wrong += [f"holds {t!r}" for t in expected.exclude or () if comparable(t) in found]
    if expected.max_seconds is not None and seconds > expected.max_seconds:
        wrong.append(f"took more than {expected.max_seconds:g} s")
    if expected.max_rss_mb is not None and peak_rss_mb > expected.max_rss_mb:
        wrong.append(f"took more than {expected.max_rss_mb:g} MB")
    return "; ".join(wrong)


def comparable(text: str) -> str:
    """A text as it is compared: one form of each character, no markdown, single spaces."""
    folded = unicodedata.normalize("NFKC", text).replace("\u00ad", "")
    return _SPACES.sub(" ", _ESCAPES.sub("", folded).replace("|", " ")).strip()


def read_manifest(path: Path) -> tuple[Expectation, ...]:
    """The lines of a manifest.

    Raises:
        InvalidConfigurationError: Naming the line and what is wrong with it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfigurationError(f"The manifest cannot be read: {error}.") from error
    expectations = tuple(
        _expectation(line, f"{path.name}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    )
    if not expectations:
        raise InvalidConfigurationError(f"{path.name} names no file.")
    return expectations


def _expectation(line: str, where: str) -> Expectation:
    try:
        return Expectation.model_validate_json(line)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "".join(f'"{part}": ' for part in wrong["loc"][:1])
        raise InvalidConfigurationError(
            f"{where}: {name}{wrong['msg'].removeprefix('Value error, ')}."
        ) from error


def _read(parser: SandboxedParser, path: Path) -> tuple[ParsedText | DocumentError, float, int]:
    try:
        data = path.read_bytes()
    except OSError:
        return DocumentError(FailureCode.UNREADABLE), 0.0, 0
    measured = parser.measure(path.name, data, fresh=True)
    outcome = measured.outcome
    if isinstance(outcome, ParsedText) and not chunk(outcome, path.name):
        # As in ingest: what gives nothing to search is not indexed.
        outcome = DocumentError(FailureCode.NO_TEXT)
    return outcome, measured.seconds, measured.peak_rss_bytes


def _outcome(code: FailureCode | None) -> str:
    if code is None:
        return "text"
    return "no_text" if code is FailureCode.NO_TEXT else "error"


def _keep(texts: Path, file: str, text: str) -> None:
    target = texts / f"{file}.txt"
    if len(target.name.encode()) > _LONGEST_NAME_BYTES:
        # The longest name a file system takes has no room for ".txt".
        shortened = file.encode()[: _LONGEST_NAME_BYTES - 4].decode(errors="ignore")
        target = texts / f"{shortened}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode("utf-8", "replace"))


def _row(result: FileResult) -> str:
    mark = "ok" if result.as_expected else "NO"
    return (
        f"{mark:3} {result.outcome:8} {result.code or '':12} {result.seconds:8.2f} "
        f"{result.peak_rss_mb:6.0f} {result.text_chars:9}  {printable(result.file)}"
    )
