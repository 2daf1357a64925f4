"""Numbers as a spreadsheet shows them, by the format codes that are common."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?:black|blue|cyan|green|magenta|red|white|yellow|color\s?\d+)\]"
    r"|(?P<digits>[#0?][#0?,]*(?:\.[#0?]*)?,*|\.[0#?]+)|(?P<percent>%)"
    r"|(?P<literal>[-+$(): \u20ac\u00a3\u00a5\u00a0/])",
    re.IGNORECASE,
)
_TIME = re.compile(r"(\[h+\]|h{1,2}):mm(?::(ss))?(?:\s*(am/pm))?(?:;@)?", re.IGNORECASE)
_LOCALE = re.compile(r"^\[\$-[^\]]*\]")
_DAY_SECONDS = 86_400


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
    if not code or len(code) > _LONGEST_CODE:
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        return None
    time = _TIME.fullmatch(_LOCALE.sub("", code))
    if time:
        return _time(number, time)
    sections = _sections(code)
    if not sections:
        return None
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


@lru_cache(maxsize=1000)
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
    scale = len(section.digits) - len(pattern)
    whole, _, fraction = pattern.partition(".")
    if len(fraction) > _MOST_DIGITS:
        return None
    number = number * (100**section.percents) / (1000**scale)
    number = number.quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    integer, _, decimals = f"{number:f}".partition(".")
    fewest = whole.count("0")
    integer = integer.lstrip("0").rjust(fewest, "0")
    if "," in whole and integer:
        integer = _grouped(integer)
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
