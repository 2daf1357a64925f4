"""HTML by lexbor: the main content in reading order, without what surrounds it."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from selectolax.lexbor import LexborHTMLParser, LexborNode

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.decoding import decode
from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

_DEEPEST = 2000
_DECLARED = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)
_XML_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""", re.I)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})")
_NEVER_NESTED = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd option tr td "
    "th thead tbody tfoot colgroup rp rt path circle rect line use polygon polyline ellipse "
    "stop".split()
)
_NOISE = (
    "script,style,noscript,template,svg,math annotation,iframe,object,nav,footer,[hidden],"
    "[aria-hidden='true'],[role=navigation],[role=contentinfo],[role=search],[role=banner],"
    "[style*='display:none'],[style*='display: none'],button,select,dialog"
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
    "figure footer form header hgroup hr html legend main ol p section summary table tbody td "
    "tfoot th thead tr ul li pre h1 h2 h3 h4 h5 h6 caption".split()
)
_ASIDES = (
    "aside,[role=complementary],[class*=breadcrumb i],[id*=breadcrumb i],[aria-label=breadcrumb i],"
    "[class*=cookie i],[id*=cookie i],[id*=onetrust i],[class*=gdpr i],[id*=gdpr i],"
    "a[href^='#'][class*=skip i]"
)
_MOST_ASIDES = 200
_ABOUT_COOKIES = re.compile(r"cookie|gdpr", re.I)
_BANNER = re.compile(
    r"(?:cookie|gdpr)s?[-_]?(?:banner|bar|consent|notice|notification|message|popup|modal|dialog"
    r"|overlay|law|disclaimer|alert|warning)|(?:banner|consent|notice)[-_]?(?:cookie|gdpr)",
    re.I,
)
_NOTES = re.compile(r"\b(?:admonition|note|tip|warning|caution|important|info|hint|callout)", re.I)
_CONTENT = ("main", "article")
_ASIDE_SHARE = 0.4
_LONGEST_SHARE = 0.75
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MAIN_SHARE = 0.4
_PERMALINK = re.compile(r"\s*[\u00b6\u00a7\U0001f517]+\s*$|\s+#\s*$")


def parse_html(data: bytes, limits: ParseLimits) -> ParsedText:
    """The main content of a page.

    Raises:
        DocumentError: `too_complex` for nesting that no page has; `empty`; `encoding`.
    """
    return parse_html_text(decode(data, declared_encoding(data)), limits)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the page's head claims; the web reads latin-1 as Windows-1252."""
    head = data[:4096]
    match = _DECLARED.search(head) or _XML_DECLARED.search(head)
    if match is None:
        return None
    name = match[1].decode("ascii", errors="replace").lower()
    return "cp1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name


def parse_html_text(markup: str, limits: ParseLimits) -> ParsedText:
    """The main content of a page that is decoded already."""
    _check_depth(markup)
    # Lone surrogates cannot be handed to the library; zero bytes end its strings.
    sound = markup.replace("\x00", "").encode("utf-8", errors="replace")
    tree = LexborHTMLParser(sound)
    title = tree.css_first("title")
    page_title = worthy(title.text()) if title else ""
    for node in tree.css(_NOISE):
        node.decompose()
    root = _main_content(tree)
    builder = TextBuilder("text/html", limits)
    if root is not None:
        _Writer(builder).write(root)
    top = [worthy(h.title) for h in builder.headings if h.level == 1]
    if top and top[0] and (not page_title or top[0] in page_title):
        # "Leave policy | Intranet | Example": the page's own heading says it best.
        page_title = top[0]
    return builder.build(page_title)


def _check_depth(markup: str) -> None:
    """Refuse nesting that makes the library's work quadratic."""
    depth = 0
    for match in _TAG.finditer(markup):
        if match[2].lower() in _NEVER_NESTED:
            continue
        depth += -1 if match[1] else 1
        if depth > _DEEPEST:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        depth = max(depth, 0)


def _main_content(tree: LexborHTMLParser) -> LexborNode | None:
    body = tree.body
    if body is None:
        return tree.root
    for header in body.css("header"):
        if header.css_first("h1,h2") is None or _is_site_header(header, body):
            header.decompose()
    _drop_asides(body)
    whole = len(body.text())
    for selector in ("main,[role=main]", "article"):
        found = body.css(selector)[:_MOST_ASIDES]
        longest = max(found, key=lambda node: len(node.text()), default=None)
        share = _MAIN_SHARE if len(found) == 1 else _LONGEST_SHARE
        if longest is not None and len(longest.text()) >= whole * share:
            return longest
    return body


def _is_site_header(header: LexborNode, body: LexborNode) -> bool:
    """Whether a header names the site: it stands outside the content, which has its own title."""
    return not _is_inside(header, _CONTENT) and any(
        _is_inside(title, _CONTENT) for title in body.css("h1")
    )


def _drop_asides(body: LexborNode) -> None:
    """Drop what stands beside the content, but not notes within it, nor most of the page."""
    found = body.css(_ASIDES)[:_MOST_ASIDES]
    most = len(body.text()) * _ASIDE_SHARE if found else 0.0
    dropped = [aside for aside in found if _is_aside(aside) and len(aside.text()) < most]
    ids = {aside.mem_id for aside in dropped}
    # What lies in a dropped node goes with it, and must not be touched after that.
    outermost = [aside for aside in dropped if not _is_below(aside, ids)]
    for aside in outermost:
        aside.decompose()


def _is_aside(node: LexborNode) -> bool:
    name = " ".join(node.attributes.get(key) or "" for key in ("class", "id"))
    if node.tag in ("html", "body", *_CONTENT) or node.css_first("main,article,h1") is not None:
        return False
    if node.tag == "aside" and _is_inside(node, _CONTENT):
        return bool(name.strip()) and not _NOTES.search(name)
    by_name = node.tag != "aside" and node.attributes.get("role") != "complementary"
    return not (by_name and _ABOUT_COOKIES.search(name)) or bool(_BANNER.search(name))


def _is_below(node: LexborNode, ids: Set[int]) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id in ids:
            return True
        parent = parent.parent
    return False


def _is_inside(node: LexborNode, tags: Sequence[str]) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.tag in tags:
            return True
        parent = parent.parent
    return False


class _Writer:
    """Walks a tree without recursion and writes its blocks."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._marker = ""
        self._lists: list[int | None] = []
        self._in_list = False
        self._tight = False

    def write(self, root: LexborNode) -> None:
        # A node is entered once and, where it has an end to mark, left once.
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node)
            elif self._enter(node):
                stack.append((node, True))
                children = list(node.iter(include_text=True))
                stack.extend((child, False) for child in reversed(children))
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Begin a node; whether its children are to be walked."""
        tag = node.tag or ""
        if tag == "-text":
            self._inline.append(node.text_content or "")
            return False
        if tag == "br":
            self._inline.append("\x0b")
            return False
        if tag not in _BLOCKS:
            return not tag.startswith(("-", "!"))
        self._flush()
        if tag in _HEADINGS:
            self._builder.heading(_HEADINGS[tag], _PERMALINK.sub("", node.text()))
        elif tag == "pre":
            code = node.text().strip("\n")
            self._builder.block(f"```\n{code}\n```" if code.strip() else "")
        elif tag == "table" and not _is_layout(node):
            self._write_table(node)
        else:
            self._open_list(tag)
            return True
        return False

    def _open_list(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            number = self._lists[-1] if self._lists else None
            if number is not None:
                self._lists[-1] = number + 1
            bullet = "-" if number is None else f"{number + 1}."
            self._marker = "  " * max(len(self._lists) - 1, 0) + bullet + " "
        elif tag == "dd":
            # A definition stays with its term.
            self._tight = True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag not in _BLOCKS:
            return
        self._flush()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._in_list = False
        elif tag == "li":
            self._marker = ""

    def _flush(self) -> None:
        if not self._inline:
            return
        lines = [one_line(line) for line in "".join(self._inline).split("\x0b")]
        self._inline.clear()
        text = "\n".join(line for line in lines if line)
        if not text:
            return
        tight = self._tight or (self._in_list and bool(self._marker))
        self._tight = False
        self._builder.block(self._marker + text, tight=tight)
        if self._marker:
            self._in_list = True
            self._marker = ""
        elif not self._lists:
            self._in_list = False

    def _write_table(self, table: LexborNode) -> None:
        caption = table.css_first("caption")
        if caption is not None:
            self._builder.block(one_line(caption.text()))
        rows = []
        spanned: dict[int, tuple[str, int]] = {}
        for row in table.css("tr"):
            cells: list[str] = []
            for cell in row.iter():
                if cell.tag in ("td", "th"):
                    _fill(cells, spanned)
                    words = cell.text(separator=" " if cell.css_first("br,p,div") else "")
                    rows_down = _span(cell, "rowspan")
                    for place, text in enumerate([words, *[""] * (_span(cell, "colspan") - 1)]):
                        if rows_down > 1:
                            spanned[len(cells)] = (text, rows_down - 1)
                        cells.append(text if not place else "")
            _fill(cells, spanned)
            rows.append(cells)
        self._builder.table(rows)


def _fill(cells: list[str], spanned: dict[int, tuple[str, int]]) -> None:
    """Repeat the cells that reach down into a row, where they come next."""
    while len(cells) in spanned:
        words, left = spanned.pop(len(cells))
        if left > 1:
            spanned[len(cells)] = (words, left - 1)
        cells.append(words)


def _span(cell: LexborNode, name: str) -> int:
    span = cell.attributes.get(name) or "1"
    return min(int(span), 100) if span.isascii() and span.isdigit() and int(span) else 1


def _is_layout(table: LexborNode) -> bool:
    """Whether a table only arranges things: it nests tables or headings, or has one cell a row."""
    if table.css_first("table table") is not None or table.css_first("td h1,td h2,td h3,td pre"):
        return True
    rows = table.css("tr")
    return all(len(row.css("td,th")) <= 1 for row in rows)
