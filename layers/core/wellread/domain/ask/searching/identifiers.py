"""Identifiers: versions, part numbers, error codes, addresses and dates in digits, as wholes.

An identifier is what nothing else may stand in for: 10.0.1.2 is not 10.2.0.1, though both have the
same parts. An amount is none: of "8 years", "10 GB", "9:00" or "3 to 15" every part counts by
itself, and other words may say it. Where a number could be either, what stands before decides
("error 4471", "version 3.2").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, pairwise
from string import ascii_lowercase

from wellread.domain.ask.dating import dates

_NUMBERING = r"(?:code|id|no|nos|nr|num|number|nummer|#)"
_NUMBERED = (
    "alarm|annex|appendix|article|bulletin|chapter|clause|code|edition|error|fault|figure|form|"
    "invoice|item|model|number|paragraph|part|release|revision|rule|section|serial|ticket|version|"
    "abschnitt|absatz|anlage|artikel|ausgabe|fehler|formular|kapitel|klausel|paragraf|rechnung|"
    "teil|ziffer"
)
"""What numbers are names of, in contracts, manuals and lists of any trade."""
_DESIGNATED = re.compile(
    rf"(?:\b(?:{_NUMBERED})(?:[ -]?{_NUMBERING}\b)?|\b(?:no|nr)\.|[#§])[.:#\s]*$", re.IGNORECASE
)
_CURRENCY = frozenset("EUR USD GBP CHF JPY CNY KRW INR SEK NOK DKK PLN CZK CAD AUD NZD".split())
_NO_NAMES = _CURRENCY | {"FY", "CY", "HY", "AD", "BC", "UTC", "GMT"}
_AMOUNT_BEFORE = re.compile(r"[$€£¥]\s?$")
_AMOUNT_AFTER = re.compile(
    rf"\s?(?:[%€$£¥]|(?:{'|'.join(sorted(_CURRENCY))})\b"
    r"|(?i:kron\w+|euros?|dollars?|pounds?|francs?|franken|yen|percent|prozent)\b)"
)

_DASHES = str.maketrans("‐‑‒–−×", "-----x")
_ESCAPED = re.compile(r"\\([-._/:#])")
"""Markdown may write "db\\.q7\\.medium"."""
_TIMES = re.compile(r"(?<=\d)\s*x\s*(?=\d)", re.IGNORECASE)
_LONE_LETTER = re.compile(r"(?<=\S )([B-HJ-Z]|(?<=[a-z] )A) (?=\d{2}[^\W_]*)")
_CAPITALS = re.compile(r"\b([A-Z]{2,5}) $")

_CHAIN = re.compile(
    r"\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b"
    r"|[^\W_]+(?:(?:[-._]|(?<=\d)/(?=\d))[^\W_]+)*"
)
_EXTENSION = re.compile(r"(?<=\d)\.[a-z]{2,4}$")
_PART = re.compile(r"[^\W_]+")
_ATOM = re.compile(r"\d+|[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")
_ADDRESS = re.compile(r"(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.|$)){4}")
_DATE = re.compile(r"(\d\d?)\.(\d\d?)\.((?:19|20)?\d\d)|((?:19|20)\d\d)\.(\d\d?)\.(\d\d?)")
_CLOCK_OR_THOUSANDS = re.compile(
    r"(?<![\w:])\d{1,2}:\d\d\b(?!:)|(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?"
)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|s)", re.IGNORECASE)

_BEFORE = re.compile(r"([^\W_]+)([-._/:,])\Z")
_AFTER = re.compile(r"([-._/:,])([^\W_]+)")
_LONGEST_PART = 20
_REACH = 80
"""So many characters in front of a number, and behind it, say what it is."""
_MOST = 30
"""Of a text that names more identifiers, those after so many are not looked at."""

_SHORTEST_NUMBER = 3
"""A number of fewer digits is a name only as part of something longer."""
_PARTS_OF_A_NAME = 3
_LONGEST_CAPITALS = 5
_MOST_SPELLINGS = 32
_SURELY_NO_AMOUNT = 8
"""So many digits and no separator are written of no amount."""


@lru_cache(maxsize=256)
def identifiers(text: str) -> tuple[str, ...]:
    """The identifiers that a text names, in order, each in one spelling.

    Returns:
        Lower case; parts that must stay apart (two numbers) are joined by a dot, others by
        nothing: "E-4471" and "E 4471" are "e4471", "300-200-100" is "300.200.100".
    """
    return tuple(dict.fromkeys(_normal(chain) for chain, _ in islice(_named(text), _MOST)))


def identifier_words(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words that a text's identifiers are written in, and those that announce them.

    Returns:
        In lower case. What announces ("clause 4.1.2", "error code E4471") need not stand where the
        identifier does.
    """
    written: set[str] = set()
    announcing: set[str] = set()
    for chain, before in _named(text):
        written.update(_PART.findall(chain.lower()))
        if announced := _DESIGNATED.search(before):
            announcing.update(_PART.findall(announced[0].lower()))
    return frozenset(written), frozenset(announcing)


def _named(text: str) -> Iterator[tuple[str, str]]:
    """The identifiers of a text as they are written, each with what stands in front of it."""
    plain = _CLOCK_OR_THOUSANDS.sub(" ", _plain(text))
    for match in _CHAIN.finditer(plain):
        chain = _without_words(match[0])
        before = plain[max(0, match.start() - _REACH) : match.start()]
        if _is_identifier(chain, before, plain[match.end() : match.end() + _REACH]):
            yield chain, before


def names_identifier(text: str, identifier: str) -> bool:
    """Whether a text writes an identifier, in any spelling that means the same.

    Args:
        text: Any text.
        identifier: Of `identifiers`.
    """
    plain = _plain(text)
    if any(not _goes_on(plain, match) for match in _spelled(identifier).finditer(plain)):
        return True
    wanted = _days(identifier)
    if not wanted:
        return False
    return any(when in wanted for when, _, _ in dates(plain))


def spellings(identifier: str) -> tuple[str, ...]:
    """How an index of words may hold an identifier: words with a space between them.

    Between letters and numbers there may be a mark or nothing. Numbers alone may have a letter in
    front, if they are one: "error 4471" is E4471.

    Args:
        identifier: Of `identifiers`.
    """
    atoms = _ATOM.findall(identifier)
    if len(atoms) == 1:
        return (identifier, *(letter + identifier for letter in ascii_lowercase))
    found = [atoms[0]]
    for previous, atom in pairwise(atoms):
        joints = " " if previous.isdigit() == atom.isdigit() else " \0"
        found = [before + joint + atom for before in found for joint in joints][:_MOST_SPELLINGS]
    return tuple(spelled.replace("\0", "") for spelled in found)


def _plain(text: str) -> str:
    """The text with one kind of dash; "M8 x 40" and "E 4471" without their spaces."""
    folded = _ESCAPED.sub(r"\1", unicodedata.normalize("NFKC", text).translate(_DASHES))
    if folded.isupper():
        folded = folded.lower()
    return _LONE_LETTER.sub(r"\1", _TIMES.sub("x", folded))


def _without_words(chain: str) -> str:
    """A chain without the words at its ends: "rel-2.1.3.txt", "ISO-9001-compliant"."""
    parts = re.split(r"([-._/:])", _EXTENSION.sub("", chain))
    while len(parts) > 1 and parts[1] != "." and _is_lead(parts[0], parts[2]):
        parts = parts[2:]
    while len(parts) > 1 and parts[-2] != "." and _is_word(parts[-1]):
        parts = parts[:-2]
    return re.sub(r"^[vV](?=\d)", "", "".join(parts))


def _is_word(part: str) -> bool:
    return len(part) > 2 and part.isalpha() and not part.isupper()


def _is_lead(part: str, number: str) -> bool:
    """Whether a word is none of what follows it, as "ppr" of "ppr-9087" is."""
    capitals = len(part) == _SHORTEST_NUMBER <= len(number) and not _YEAR.fullmatch(number)
    return _is_word(part) and not capitals


def _is_identifier(chain: str, before: str, after: str) -> bool:
    atoms = _ATOM.findall(chain)
    digits = [atom for atom in atoms if atom.isdigit()]
    if not digits:
        return False
    capitals = _CAPITALS.search(before)
    designated = _DESIGNATED.search(before) is not None or (
        capitals is not None and capitals[1] not in _NO_NAMES
    )
    if len(digits) == len(atoms):
        if _is_amount(before, after):
            return False
        return _is_number_name(chain, digits, designated)
    return _is_mixed_name(chain, atoms, digits, designated)


def _is_number_name(chain: str, digits: list[str], designated: bool) -> bool:
    """Whether numbers alone are a name."""
    if len(digits) == 1:
        name = designated and len(chain) >= _SHORTEST_NUMBER and not _YEAR.fullmatch(chain)
        padded = chain.startswith("0") and len(chain) >= _SHORTEST_NUMBER
        return name or padded or len(chain) >= _SURELY_NO_AMOUNT
    if designated:
        return True
    if _GROUPED.fullmatch(chain):
        return _ADDRESS.fullmatch(chain) is not None
    if len(digits) == 2:
        # "9-17" is a range, "3.5" and "1/2" are amounts; "0123-45" and "300-200" are neither.
        first, second = digits
        falls = len(first) >= _SHORTEST_NUMBER and int(first) > int(second)
        padded = any(len(part) > 1 and part.startswith("0") for part in digits)
        return "-" in chain and (falls or padded) and not _YEAR.fullmatch(first)
    return True


def _is_mixed_name(chain: str, atoms: list[str], digits: list[str], designated: bool) -> bool:
    """Whether letters and numbers together are a name."""
    letters = [atom for atom in atoms if not atom.isdigit()]
    dated = len(atoms) < _PARTS_OF_A_NAME and letters[0].upper() in _NO_NAMES
    if dated or _ORDINAL.fullmatch(chain):
        return False
    if designated:
        return True
    if atoms[0].isdigit():
        # "10GB", "12-month" and "1920x1080" are amounts.
        return len(atoms) >= _PARTS_OF_A_NAME and any(atom.isupper() for atom in letters)
    if len(digits) == 1 and _YEAR.fullmatch(digits[0]) and len(letters[0]) > 1:
        return False  # "FY2031", "mid-2031"
    count = len("".join(digits))
    if chain.isalnum() or ("-" in chain and len(atoms) < _PARTS_OF_A_NAME):
        return count > 1 and (len(letters[0]) < _LONGEST_CAPITALS or count >= _SHORTEST_NUMBER)
    return True  # "R-1-12", "db.t2.medium"


def _is_amount(before: str, after: str) -> bool:
    return bool(_AMOUNT_BEFORE.search(before) or _AMOUNT_AFTER.match(after))


def _normal(chain: str) -> str:
    atoms = _ATOM.findall(chain.lower())
    normal: str = atoms[0]
    for previous, atom in pairwise(atoms):
        apart = previous.isdigit() == atom.isdigit()
        normal += f".{atom}" if apart else atom
    if _DATE.fullmatch(normal):
        return ".".join(atom.lstrip("0") or "0" for atom in atoms)
    return normal


def _days(identifier: str) -> frozenset[str]:
    """The days that a date in digits can mean, as `dates` writes them."""
    date = _DATE.fullmatch(identifier)
    if date is None:
        return frozenset()
    one, other, year, first, month, day = (int(part or 0) for part in date.groups())
    if first:
        return frozenset({f"{first}-{month:02}-{day:02}"})
    years = (year,) if year > 99 else (1900 + year, 2000 + year)
    return frozenset(f"{y}-{m:02}-{d:02}" for y in years for m, d in ((one, other), (other, one)))


@lru_cache(maxsize=256)
def _spelled(identifier: str) -> re.Pattern[str]:
    """What an identifier looks like in a text, wherever one may go on."""
    atoms = _ATOM.findall(identifier)
    dated = _DATE.fullmatch(identifier) is not None
    # Two numbers with no more than a space between them are one name in a longer one only.
    gap = r"[\s./_:-]" if len(atoms) >= _PARTS_OF_A_NAME else r"[./_:-]"
    pattern = ""
    for index, atom in enumerate(atoms):
        if index:
            pattern += gap if atoms[index - 1].isdigit() and atom.isdigit() else r"[\s./_-]?"
        pattern += f"0?{atom}" if dated else re.escape(atom)
    if atoms[0].isdigit():
        pattern = rf"[^\W\d_]{{0,5}}{pattern}"
    elif len(identifier) > _SHORTEST_NUMBER:
        # "error 4471" for E4471: the letter stands for the word.
        rest = pattern.removeprefix(atoms[0])
        word = rf"(?=(?:{_NUMBERED})\b){atoms[0]}\w+(?:\s{_NUMBERING}\b)?[\s.:#]{{1,3}}"
        pattern += f"|{word}{rest}"
    return re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE)


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Whether what matched is part of a longer identifier, or an amount."""
    start, end = match.span()
    numeric = match[0].replace(".", "").isdigit()
    if numeric and _is_amount(text[max(0, start - 2) : start], text[end : end + _LONGEST_PART]):
        return True
    before = _BEFORE.search(text, max(0, start - _LONGEST_PART), start)
    after = _AFTER.match(text, end)
    return (before is not None and _begins(before[1], before[2], match[0])) or (
        after is not None and _ends(after[1], after[2], match[0])
    )


def _begins(part: str, mark: str, found: str) -> bool:
    """Whether a part in front of what was found belongs to it."""
    if part.isdigit():
        return mark in "-._" or found[0].isdigit()
    if mark in "/:,":
        return False
    if part.isalpha():
        # "rel-2.1.3" and "PN-300" name the number; "AB-12-CD" is not 12-CD, "A.5.1" is not 5.1.
        if mark == ".":
            return len(part) == 1
        whole = found.isalnum() or found.replace("-", "").replace(".", "").isdigit()
        return not _is_word(part) and not (found[0].isdigit() and whole)
    return True


def _ends(mark: str, part: str, found: str) -> bool:
    """Whether a part behind what was found belongs to it."""
    if part.isdigit():
        # "10.2.0.1/24" and "ISO 9001:2015" name what is in front.
        return mark in "-._" or (mark in "/," and found.isdigit())
    if mark in "/:,":
        return False
    if part.isalpha():
        return len(part) == 1 if mark == "." else not _is_word(part)
    return True
