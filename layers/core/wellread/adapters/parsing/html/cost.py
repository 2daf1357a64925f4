"""Pages that would take their parser far longer than their length: refused before it sees them.

How deep a page nests, how many formats are open, how many attributes an element has: the parser's
work grows with their product (https://html.spec.whatwg.org/multipage/parsing.html). The tags are
told apart as it does that, since what is in a comment, a script or an attribute closes nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from wellread.domain.knowledge.errors import DocumentError, FailureCode

_DEEPEST = 2000
_MOST_FORMATS = 300
_MOST_ATTRIBUTES = 1000
_MOST_OPTIONS = 1000
# Each part takes all that it can, and gives nothing back, so that each character is seen once.
_TOKEN = re.compile(
    r"<(?:!--(?:-?>|(?s:.*?)(?:--!?>|\Z))"
    r"|[!?][^>]*+|/(?![a-zA-Z])[^>]*+"
    r"|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)"
    r"(?P<attributes>(?:[\s/]++"
    r"|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+|(?=>)))?+)*+))"
)
_ATTRIBUTE = re.compile(r"[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+")
_OPTION = re.compile(r"</?opt(?:ion|group)\b[^<>]*>", re.IGNORECASE)
# Elements that end where the next of their kind begins, or that hold nothing.
_NEVER_NESTED = frozenset(
    "a area base br col embed hr img input link meta param source track wbr p li dt dd option tr "
    "td th thead tbody tfoot colgroup rp rt path circle rect line use polygon polyline ellipse "
    "stop".split()
)
_FORMATS = frozenset("b big code em font i nobr s small strike strong tt u".split())
_MOST_ALIKE = 3
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in "script style textarea title xmp iframe noembed noframes".split()
}
# No end tag in one of these ends what is around it.
_WALLS = frozenset(
    "applet button marquee object select svg math table template foreignobject desc".split()
)


def without_options(markup: str) -> str:
    """The page without the tags of choices, where a list of them would cost too much."""
    return _OPTION.sub(" ", markup) if markup.count("<opt") > _MOST_OPTIONS else markup


def check_cost(markup: str) -> None:
    """Refuse a page whose tags would take its parser longer than their number.

    Raises:
        DocumentError: `too_complex`.
    """
    tags = _Tags()
    place = 0
    while token := _TOKEN.search(markup, place):
        place = token.end()
        if token["end"]:
            tags.end(token["name"].lower())
        elif token["name"]:
            name = token["name"].lower()
            tags.start(name, token["attributes"])
            if name in _RAW and not tags.foreign:
                raw = _RAW[name].search(markup, place)
                place = raw.start() if raw else len(markup)


class _Tags:
    """What is open amid a page: at least what the parser has open there.

    Attributes:
        foreign: A drawing or a formula was seen, in which nothing is raw text.
    """

    def __init__(self) -> None:
        self.foreign = False
        self._depth = 0
        self._walls: list[tuple[str, Counter[str]]] = [("", Counter())]
        self._standing: Counter[str] = Counter()
        self._formats: defaultdict[str, list[str]] = defaultdict(list)
        self._alike: Counter[tuple[str, str]] = Counter()
        self._different = 0
        self._root_attributes = 0

    def start(self, name: str, attributes: str) -> None:
        """An element begins."""
        if len(attributes) > _MOST_ATTRIBUTES or name in ("html", "body"):
            self._count_attributes(name, attributes)
        if name in _NEVER_NESTED:
            return
        self.foreign = self.foreign or name in ("svg", "math")
        self._depth += 1
        self._walls[-1][1][name] += 1
        if name in _WALLS:
            self._walls.append((name, Counter()))
            self._standing[name] += 1
        elif name in _FORMATS:
            self._formats[name].append(attributes)
            self._alike[name, attributes] += 1
            self._different += self._alike[name, attributes] <= _MOST_ALIKE
        if self._depth > _DEEPEST or self._different > _MOST_FORMATS:
            raise DocumentError(FailureCode.TOO_COMPLEX)

    def end(self, name: str) -> None:
        """An element ends, if it is open."""
        while self._standing[name]:
            wall, within = self._walls.pop()
            self._standing[wall] -= 1
            self._depth -= within.total()
            if wall == name:
                break
        opened = self._walls[-1][1]
        if not opened[name]:
            return
        opened[name] -= 1
        self._depth -= 1
        if name in _FORMATS:
            attributes = self._formats[name].pop()
            self._different -= self._alike[name, attributes] <= _MOST_ALIKE
            self._alike[name, attributes] -= 1

    def _count_attributes(self, name: str, attributes: str) -> None:
        count = len(_ATTRIBUTE.findall(attributes))
        if name in ("html", "body"):
            # What comes again adds to the first.
            self._root_attributes = count = self._root_attributes + count
        if count > _MOST_ATTRIBUTES:
            raise DocumentError(FailureCode.TOO_COMPLEX)
