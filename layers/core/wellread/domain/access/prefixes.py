"""The prefixes of access rules: as people write them, and what comes near them.

A rule that is spelt otherwise than the folder it means would match nothing and leave the folder
open. So a prefix is brought into the form of a key; one that cannot be is refused, with all that
it may have meant; and a key that has the letters and digits of a prefix without beginning with it
is told apart from one that has nothing to do with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

_AROUND = " \t\r\n\"'`"
_ELSEWHERE = re.compile(r"^~|^[A-Za-z]:/|://")
_NO_LITERAL = re.compile(r"[*?{|\x00-\x1f\x7f-\x9f]|(?:^|/) ?[,;]")
_SEPARATORS = re.compile(r"[/\\]+")


@dataclass(frozen=True, slots=True)
class Prefix:
    """A rule's prefix.

    Attributes:
        text: As keys are compared with it: composed (NFC), "/" between folders, none in front.
        problem: Why it cannot be understood, empty where it can; `text` is then what is certain of
            it, and may be empty.
    """

    text: str
    problem: str = ""


def read_prefix(written: str, roots: Sequence[str] = ()) -> Prefix:
    r"""A prefix as a person wrote it.

    Args:
        written: With "/" or "\" between folders; "/", "./", blanks and quotes around it mean
            nothing.
        roots: What the documents' place is called, as an absolute path or "s3://bucket": a prefix
            that begins with one of them is what follows.
    """
    text = unicodedata.normalize("NFC", written).strip(_AROUND).replace("\\", "/")
    for root in roots:
        base = unicodedata.normalize("NFC", root).replace("\\", "/").rstrip("/") + "/"
        if f"{text}/".startswith(base):
            text = text[len(base) :]
            break
    if _ELSEWHERE.search(text):
        return Prefix("", f'"{written}" is a place outside of the documents')
    if found := _NO_LITERAL.search(text):
        certain = _resolved(text[: found.start()])
        return Prefix(certain or "", _why(found[0].strip("/ "), written))
    resolved = _resolved(text)
    if resolved is None:
        return Prefix("", f'"{written}" leads out of the documents')
    return Prefix(resolved)


def _why(sign: str, written: str) -> str:
    if sign in {"*", "?"}:
        return f'"{written}" is a pattern, and rules take no patterns, only how keys begin'
    return f'"{written}" cannot be read as how keys begin'


def _resolved(text: str) -> str | None:
    """Without empty parts, "." and ".."; None where that leads above the top."""
    *folders, name = text.split("/")
    parts: list[str] = []
    for part in (*folders, name if name in {".", ".."} else ""):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    inside = "".join(f"{part}/" for part in parts)
    return inside if name in {".", ".."} else inside + name


def comes_near(prefix: str, key: str, *, partly: bool = False) -> bool:
    """Whether a key has the letters and digits of a prefix, folder by folder.

    Case, accents' composition, blanks, punctuation, width and percent escapes do not count. What
    begins with the prefix as it stands comes near it too.

    Args:
        prefix: As `read_prefix` gives it.
        key: Of a document.
        partly: Whether the prefix is only a part of what was meant, and may end amid a name.
    """
    wanted, found = _letters(prefix), _letters(key)
    if not wanted or len(found) < len(wanted):
        return False
    *folders, last = wanted
    if found[: len(folders)] != tuple(folders):
        return False
    other = found[len(folders)]
    if prefix.endswith("/"):
        return other == last and len(found) > len(wanted)
    return other.startswith(last) if folders or partly else other == last


@lru_cache(maxsize=4096)
def _letters(text: str) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFKC", unquote(text)).casefold()
    parts = (part for part in _SEPARATORS.split(folded) if part.strip("."))
    return tuple("".join(c for c in part if c.isalnum()) or part for part in parts)
