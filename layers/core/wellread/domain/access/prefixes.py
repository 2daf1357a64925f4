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
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import unquote

_AROUND = " \t\r\n\"'`“”„‘’"
_ELSEWHERE = re.compile(r"^~/|^[A-Za-z]:/|://|^(?:arn|file):|^[$%]\w")
_NO_LITERAL = re.compile(r"[*?|\x00-\x1f\x7f-\x9f]|\{[^{}]*,|(?:^|/) ?[,;]")
_SEVERAL = re.compile(r"[|,;&]")
_PARTS = re.compile(r"[/:]+")
_SEPARATORS = re.compile(r"[/\\]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_LONG_NAME = 4

Nearness = tuple[int, int]
"""How much of a key comes near: folders and names, then letters and digits."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A rule's prefix.

    Attributes:
        text: As keys are compared with it: composed (NFC), "/" between folders, none in front.
        problem: Why it cannot be understood, empty where it can; `text` is then what is certain of
            it, and may be empty.
        readings: What else may have been meant, such as each of several folders in one prefix.
    """

    text: str
    problem: str = ""
    readings: tuple[str, ...] = ()


def read_prefix(written: str, roots: Sequence[str] = ()) -> Prefix:
    r"""A prefix as a person wrote it.

    Args:
        written: With "/" or "\" between folders; "/", "./", blanks and quotes around it mean
            nothing.
        roots: What the documents' place is called, as an absolute path or "s3://bucket": a prefix
            that begins with one of them is what follows. What follows the last part of one, such
            as the folder's own name, may be what is meant.
    """
    text = unicodedata.normalize("NFC", written).strip(_AROUND).replace("\\", "/")
    places = [unicodedata.normalize("NFC", root).replace("\\", "/").rstrip("/") for root in roots]
    for place in places:
        if f"{text}/".startswith(f"{place}/"):
            text = text[len(place) + 1 :]
            break
    inside = _behind(text, {place.rpartition("/")[2].casefold() for place in places})
    readings = (*inside, *_each(text))
    if _ELSEWHERE.search(text):
        problem = f'"{written}" is a place outside of the documents'
        return Prefix(_resolved(inside[0]) or "" if inside else "", problem, readings)
    if found := _NO_LITERAL.search(text):
        certain = _resolved(text[: found.start()])
        return Prefix(certain or "", _why(found[0].strip("/ "), written), readings)
    resolved = _resolved(text)
    if resolved is None:
        return Prefix("", f'"{written}" leads out of the documents')
    return Prefix(resolved, readings=readings)


def _behind(text: str, names: set[str]) -> tuple[str, ...]:
    """What follows each part of a path that is one of these names."""
    parts = _PARTS.split(text)
    rests = ("/".join(parts[n:]) for n in range(1, len(parts)) if parts[n - 1].casefold() in names)
    return tuple(rest for rest in rests if rest)


def _each(text: str) -> tuple[str, ...]:
    """The prefixes of a list of them."""
    pieces = _SEVERAL.split(text)
    return tuple(filter(None, map(str.strip, pieces))) if len(pieces) > 1 else ()


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


def length_of(prefix: str) -> Nearness:
    """How much of a key a prefix covers that it begins with."""
    letters = _letters(prefix)
    return len(letters), sum(map(len, letters))


def nearness(prefixes: Sequence[str], key: str, *, partly: bool = False) -> Nearness | None:
    """How much of a key some prefix comes near to; None where none does.

    Args:
        prefixes: Each as `read_prefix` gives it, or one of its readings.
        key: Of a document.
        partly: Whether a prefix is only a part of what was meant, and may end amid a name.
    """
    near = [length_of(each) for each in prefixes if comes_near(each, key, partly=partly)]
    return max(near, default=None)


def comes_near(prefix: str, key: str, *, partly: bool = False) -> bool:
    """Whether a key has the letters and digits of a prefix, folder by folder.

    Case, accents, blanks, punctuation, width and percent escapes do not count. What begins with the
    prefix as it stands comes near it too, and what brackets in it match as a pattern.
    """
    if "[" in prefix and fnmatchcase(key, f"{prefix}*"):
        return True
    wanted, found = _letters(prefix), _letters(key)
    if not wanted or len(found) < len(wanted):
        return False
    *folders, last = wanted
    if found[: len(folders)] != tuple(folders):
        return False
    other = found[len(folders)]
    if prefix.endswith("/"):
        of_file = "." in prefix.rstrip("/").rpartition("/")[2]
        return other == last and (of_file or len(found) > len(wanted))
    return other.startswith(last) if folders or partly or len(last) >= _LONG_NAME else other == last


@lru_cache(maxsize=4096)
def _letters(text: str) -> tuple[str, ...]:
    """The letters and digits of each part; of one without any, its signs, if no part has any."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", unquote(text)))
    folded = unicodedata.normalize("NFKC", plain).casefold()
    parts = [part for part in _SEPARATORS.split(folded) if part.strip(".")]
    letters = ["".join(filter(_counts, part)) for part in parts]
    return tuple(filter(None, letters)) or tuple(parts)


def _counts(character: str) -> bool:
    # Vowel signs of Indic and Thai words are marks.
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")
