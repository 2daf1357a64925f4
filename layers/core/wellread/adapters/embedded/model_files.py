"""Whether a model's files are those that somebody vouched for; asked before anything reads them.

Of the packaged models, this code knows the SHA-256. For a folder that a person names, a list in it
does: `SHA256SUMS`, as `sha256sum FILE... > SHA256SUMS` writes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

MANIFEST = "SHA256SUMS"

_LINE = re.compile(r"([0-9A-Fa-f]{64}) [ *](.+)")
_MOST_BYTES = 1_000_000


def is_genuine(path: Path, sha256: str) -> bool:
    """Whether a file is there and has this SHA-256.

    Nothing is remembered from one process to the next: who can put another file there can give it
    the old size and date as well, and the largest of the packaged ones takes a tenth of a second.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def genuine_bytes(path: Path, sha256: str) -> bytes | None:
    """A file's content, None where it is not there or has another SHA-256.

    Who goes on with these bytes reads nothing that came in between.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def unvouched(folder: Path, files: Iterable[Path]) -> str | None:
    """Why files of a model's folder may not be read, in a few words; None where they may.

    They may where the folder has no list: then nobody has said what they should be.

    Args:
        folder: The model's.
        files: Those that will be read, in it or below; the ones that are not there do not count.
            Weights beside a model (`model.onnx_data`) are added to it.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return None
    listed = _listed(manifest)
    if listed is None:
        return f"its {MANIFEST} cannot be read"
    for file in sorted(part for each in files for part in parts(each)):
        name = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
        if name not in listed:
            return f"its {MANIFEST} does not list {name}"
        if not is_genuine(file, listed[name]):
            return f"{name} is not the file that its {MANIFEST} lists"
    return None


def parts(file: Path) -> list[Path]:
    """A file, if it is there, and what an ONNX export may have put beside it."""
    beside = sorted(file.parent.glob(f"{file.name}[_.]*")) if file.suffix == ".onnx" else []
    return [part for part in (file, *beside) if part.is_file()]


def _listed(manifest: Path) -> Mapping[str, str] | None:
    """Names and their hashes; None where any line is not understood or says two things of one."""
    try:
        if manifest.stat().st_size > _MOST_BYTES:
            return None
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    listed: dict[str, str] = {}
    for line in filter(str.strip, lines):
        found = _LINE.fullmatch(line)
        if found is None or listed.setdefault(_name(found), found[1].lower()) != found[1].lower():
            return None
    return listed


def _name(line: re.Match[str]) -> str:
    return line[2].removeprefix("./")
