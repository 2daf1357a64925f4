"""The prefixes of access rules: as people write them, and what comes near them.

A rule that is spelt otherwise than the folder it means would match nothing and leave the folder
open. So a prefix is brought into the form of a key; one that cannot be is refused, with all that
it may have meant; and a key that has the letters and digits of a prefix without beginning with it
is told apart from one that has nothing to do with it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from wellread.domain.text.harmless import visible_name

_AROUND = " \t\r\n\"'`“”„‘’"
_NO_LITERAL = re.compile(r"[*?|\x00-\x1f\x7f-\x9f]")
"""What few file systems take in names: whoever may add files could make a folder of a pattern."""
_PARTS = re.compile(r"[/:]+")
_SEPARATORS = re.compile(r"[/\\]+")
_ACCENTS = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")  # and how an emoji is drawn
_PLAINER = str.maketrans(dict(zip("øłđðıæœþ", "o l d d i ae oe th".split(), strict=True)))
_UMLAUT = re.compile("(?<=[aou])e")
"""As "Löhne" is written where there is no "ö"."""
_LONG_NAME = 4

Nearness = tuple[int, int]
"""How much of a key comes near: folders and names, then letters and digits."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A rule's prefix.

    Attributes:
        text: As keys are compared with it: composed (NFC), "/" between folders, none in front.
        problem: Why it cannot be understood, empty where it can; `text` is then the folder that is
            certain of it, or empty, with which every key begins.
        readings: What else may have been meant, such as each of several folders in one prefix.
    """

    text: str
    problem: str = ""
    readings: tuple[str, ...] = ()


def read_prefix(
    written: str, roots: Sequence[str] = (), begins: Callable[[str], bool] = lambda _: False
) -> Prefix:
    r"""A prefix as a person wrote it.

    Letters, digits, "-", "_", "." and blanks within a name mean themselves. Anything else may be a
    pattern or a list: it means itself only where some document's key begins so.

    Args:
        written: With "/" or "\" between folders; "/", "./", blanks and quotes around it mean
            nothing.
        roots: What the documents' place is called, as an absolute path or "s3://bucket": a prefix
            that begins with one of them is what follows. What follows the last part of one, such
            as the folder's own name, may be what is meant.
        begins: Whether there is a document whose key begins so, or a folder of that path.
    """
    raw = unicodedata.normalize("NFC", written).strip(_AROUND)
    places = [unicodedata.normalize("NFC", root).replace("\\", "/").rstrip("/") for root in roots]
    for place in places:
        if f"{raw}/".replace("\\", "/").startswith(f"{place}/"):
            raw = raw[len(place) + 1 :]
            break
    text = raw.replace("\\", "/")
    inside = _behind(text, {place.rpartition("/")[2].casefold() for place in places})
    resolved = _resolved(text)
    if resolved is None:
        return Prefix("", f'"{visible_name(written)}" leads out of the documents')
    sign = _first_sign(raw)
    if (sign is None and " " not in text) or (not _NO_LITERAL.search(raw) and begins(resolved)):
        return Prefix(resolved, readings=inside)
    if sign is None:
        return Prefix(resolved, readings=(*inside, *(f"{name}/" for name in _each(text))))
    # What comes before it is certain up to the last whole folder; without one, nothing is.
    certain = _resolved(text[: text.rfind("/", 0, sign) + 1])
    return Prefix(certain or "", _why(raw[sign], written), (*inside, *_each(text)))


def _first_sign(raw: str) -> int | None:
    """Where something stands that may not mean itself; None for nowhere."""
    begin, end = len(raw) - len(raw.lstrip("./\\")), len(raw.rstrip("/\\"))
    for place in range(begin, end):
        plain = all(map(_is_plain, unicodedata.normalize("NFKC", raw[place])))
        if raw[place] == " ":
            # Between two names it may part them.
            plain = all(map(_is_plain, raw[place - 1 : place + 2 : 2]))
        if not plain and raw[place] != "/":
            return place
    return None


def _is_plain(character: str) -> bool:
    return character in "-_." or unicodedata.category(character)[:1] in "LN" or _counts(character)


def _behind(text: str, names: set[str]) -> tuple[str, ...]:
    """What follows each part of a path that is one of these names."""
    parts = _PARTS.split(text)
    rests = ("/".join(parts[n:]) for n in range(1, len(parts)) if parts[n - 1].casefold() in names)
    return tuple(rest for rest in rests if rest)


def _each(text: str) -> tuple[str, ...]:
    """The prefixes of a list of them, whatever parts them."""
    pieces = "".join(c if c == "/" or _is_plain(c) else " " for c in text).split()
    return tuple(pieces) if len(pieces) > 1 else ()


def _why(sign: str, written: str) -> str:
    written = visible_name(written)
    if unicodedata.normalize("NFKC", sign) in {"*", "?"}:
        return f'"{written}" is a pattern, and rules take no patterns, only how keys begin'
    return f'"{written}" cannot be read as how keys begin, and no document\'s key does begin so'


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
    prefix as it stands comes near it too.
    """
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
    """The letters and digits of each part, or its pictures; without any, its signs."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", html.unescape(unquote(text))))
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKC", plain).casefold())
    folded = _UMLAUT.sub("", folded.translate(_PLAINER))
    parts = [part for part in _SEPARATORS.split(folded) if part.strip(".")]
    letters = ["".join(filter(_counts, part)) or "".join(filter(_is_drawn, part)) for part in parts]
    return tuple(filter(None, letters)) or tuple(parts)


def _counts(character: str) -> bool:
    # Vowel signs of Indic and Thai words are marks.
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


def _is_drawn(character: str) -> bool:
    return unicodedata.category(character) == "So"
