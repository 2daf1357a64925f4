"""Numbers as a spreadsheet shows them, by the format codes that are common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

_ACCOUNTING = '_($* #,##0{0}_);_($* (#,##0{0});_($* "-"??_);_(@_)'
_BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "$#,##0_);($#,##0)",
    6: "$#,##0_);[Red]($#,##0)",
    7: "$#,##0.00_);($#,##0.00)",
    8: "$#,##0.00_);[Red]($#,##0.00)",
    9: "0%",
    10: "0.00%",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    41: _ACCOUNTING.format("").replace("$", ""),
    42: _ACCOUNTING.format(""),
    43: _ACCOUNTING.format(".00").replace("$", ""),
    44: _ACCOUNTING.format(".00"),
    45: "mm:ss",
    46: "[h]:mm:ss",
}
_LONGEST_CODE = 255
_MOST_DIGITS = 30
_UNITS = [Decimal(1).scaleb(-places) for places in range(_MOST_DIGITS + 1)]
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?:black|blue|cyan|green|magenta|red|white|yellow|color\s?\d+)\]"
    r"|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*)?,*|\.[0#?]+)|(?P<percent>%)"
    r"|(?P<literal>[-+$(): \u20ac\u00a3\u00a5\u00a0/])",
    re.IGNORECASE,
)
_TIME = re.compile(r"(\[h+\]|h{1,2}):mm(?::(ss))?(?:\s*(am/pm))?(?:;@)?", re.IGNORECASE)
_LOCALE = re.compile(r"^\[\$-[^\]]*\]")
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.|general|am/pm', re.IGNORECASE)
_DATE_LETTER = re.compile("[ymdhs]", re.IGNORECASE)
_DAY_SECONDS = 86_400
_FIRST_1900 = datetime(1899, 12, 30)
_FIRST_1904 = datetime(1904, 1, 1)
_LOST_DAY = 61


@dataclass(frozen=True, slots=True)
class _Section:
    """How numbers of one sign are shown: `before`, the digits, `after`."""

    before: str
    after: str
    digits: str
    percents: int


def built_in_format(number: int) -> str:
    """The code behind a format's number, empty for those that change nothing here."""
    return _BUILT_IN.get(number, "")


def shown_number(value: str, code: str) -> str | None:
    """A number as a cell of that format shows it; None where that is as it is written.

    Args:
        value: As the file stores it.
        code: The format code, as in "0.0%" or '#,##0.00 "EUR"'.
    """
    form = _form(code)
    if form is None:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        return None
    if isinstance(form, re.Match):
        return _time(number, form)
    return _number(number, form)


def shown_date(value: str, code: str, *, from_1904: bool = False) -> str | None:
    """The date, time or both that a number stands for; None where the format is not for that.

    Args:
        value: Days, as the file stores them.
        code: The format code.
        from_1904: Whether days are counted from 1904, not from 1900.
    """
    if not is_date(code):
        return None
    try:
        days = float(value)
        # The count from 1900 has a 29th of February in that year, which there was not.
        first = _FIRST_1904 if from_1904 else _FIRST_1900
        lost = 0 if from_1904 or days >= _LOST_DAY else 1
        date = first + timedelta(seconds=round((days + lost) * _DAY_SECONDS))
    except (ValueError, OverflowError):
        return None
    if 0 <= days < 1:
        return f"{date:%H:%M:%S}"
    return f"{date:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")


@lru_cache(maxsize=1000)
def is_date(code: str) -> bool:
    """Whether a format code shows dates or times."""
    return bool(_DATE_LETTER.search(_NOT_LETTERS.sub("", code))) and len(code) <= _LONGEST_CODE


@lru_cache(maxsize=1000)
def _form(code: str) -> re.Match[str] | tuple[_Section, ...] | None:
    """How a code shows times, or else numbers; None where it changes nothing or is beyond us."""
    if not code or len(code) > _LONGEST_CODE:
        return None
    return _TIME.fullmatch(_LOCALE.sub("", code)) or _sections(code) or None


def _number(number: Decimal, sections: Sequence[_Section]) -> str | None:
    section, signed = sections[0], number < 0
    if number < 0 and len(sections) > 1:
        section, signed = sections[1], False
    elif number == 0 and len(sections) > 2:
        section = sections[2]
    body = _digits(abs(number), section)
    if body is None:
        return None
    shown = f"{section.before}{body}{section.after}".strip()
    has_value = any(character in "123456789" for character in body)
    return f"-{shown}" if signed and has_value else shown


def _sections(code: str) -> tuple[_Section, ...]:
    """Those for positive numbers, negative ones and zero; none where one is beyond us."""
    sections: list[_Section] = []
    before = after = digits = ""
    percents = place = 0
    while place <= len(code):
        if place == len(code) or code[place] == ";":
            sections.append(_Section(before, after, digits, percents))
            before = after = digits = ""
            percents = 0
            place += 1
            if len(sections) == 3:
                break
            continue
        part = _PART.match(code, place)
        if part is None:
            return ()
        place = part.end()
        words = part["quoted"] or part["escaped"] or part["currency"] or part["literal"] or ""
        if part["percent"]:
            percents += 1
            words = "%"
        if part["digits"]:
            if digits:
                return ()
            digits = part["digits"]
        elif digits:
            after += words
        else:
            before += words
    # A code without any place for digits shows none: a label, or one to hide a value.
    return tuple(sections) if sections[0].digits else ()


def _digits(number: Decimal, section: _Section) -> str | None:
    if not section.digits:
        return ""
    pattern = section.digits.rstrip(",")
    whole, _, fraction = pattern.partition(".")
    if len(fraction) > _MOST_DIGITS:
        return None
    thousands = len(section.digits) - len(pattern)
    if section.percents or thousands:
        number = number * (100**section.percents) / (1000**thousands)
    number = number.quantize(_UNITS[len(fraction)], rounding=ROUND_HALF_UP)
    grouped = "," in whole
    integer, _, decimals = (f"{number:,f}" if grouped else f"{number:f}").partition(".")
    fewest = whole.count("0")
    if fewest != 1:
        # No zero where none is asked for, else as many as are.
        integer = integer.replace(",", "").lstrip("0").rjust(fewest, "0")
        integer = _grouped(integer) if grouped else integer
    kept = len(fraction.rstrip("#?"))
    while len(decimals) > kept and decimals.endswith("0"):
        decimals = decimals[:-1]
    return f"{integer}.{decimals}" if decimals else integer


def _grouped(integer: str) -> str:
    first = len(integer) % 3
    groups = [integer[:first]] if first else []
    groups += [integer[place : place + 3] for place in range(first, len(integer), 3)]
    return ",".join(groups)


def _time(number: Decimal, time: re.Match[str]) -> str | None:
    if number < 0 or number > 1_000_000:
        return None
    seconds = int((number * _DAY_SECONDS).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if not time[2]:
        # Minutes are cut off, not rounded.
        seconds -= seconds % 60
    hours, rest = divmod(seconds, 3600)
    tail = f":{rest // 60:02}" + (f":{rest % 60:02}" if time[2] else "")
    if time[1].startswith("["):
        return f"{hours}{tail}"
    if number >= 1:
        return None  # a date as well
    hours %= 24
    if time[3]:
        return f"{hours % 12 or 12}{tail} {'AM' if hours < 12 else 'PM'}"
    return f"{hours:0{len(time[1])}}{tail}"
