"""HTML by lexbor: the main content in reading order, without what surrounds it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.cost import check_cost, without_options
from wellread.adapters.parsing.html.menus import drop_menus
from wellread.adapters.parsing.html.nodes import ancestors, lies_in
from wellread.adapters.parsing.html.page import Page
from wellread.adapters.parsing.html.writer import Writer
from wellread.adapters.parsing.plain.decoding import decode
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText

_DECLARED = re.compile(rb"""<meta[^<>]{0,300}?charset\s*+=\s*+["']?+\s*+([\w.:-]+)""", re.I)
_XML_DECLARED = re.compile(rb"""<\?xml[^<>]{0,200}?encoding\s*+=\s*+["']([\w.:-]+)""", re.I)
_NOISE = (
    "script,style,noscript,template,svg,math annotation,iframe,object,nav,footer,[hidden],"
    "[aria-hidden='true'],[role=navigation],[role=contentinfo],[role=search],[role=banner],"
    "[style*='display:none'],[style*='display: none'],button,select,dialog"
)
_ASIDES = (
    "aside,[role=complementary],[class*=breadcrumb i],[id*=breadcrumb i],[aria-label=breadcrumb i],"
    "[class*=cookie i],[id*=cookie i],[id*=onetrust i],[class*=gdpr i],[id*=gdpr i],"
    "a[href^='#'][class*=skip i],[id*=footer i],[class~=footer i],[class~=sidebar i],"
    "[id=sidebar i],[class~=navbar i],[class~=navigation i],[id=navigation i],[class~=menu i],"
    "[id=menu i],[id=nav i],[class~=nav i]"
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
_MAIN_SHARE = 0.4
_FRAMES = re.compile(r"</?(?:frameset|frame|noframes)\b[^<>]*>", re.I)
_IDENTIFIER = re.compile(r"[^\W\d_]{1,10}[-_]?\d{6}\w*+")


def parse_html(data: bytes, limits: ParseLimits) -> ParsedText:
    """The main content of a page.

    Raises:
        DocumentError: `too_complex` for nesting that no page has; `empty`; `encoding`.
    """
    return parse_html_text(decode(data, declared_encoding(data)), limits)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the page's head claims."""
    head = data[:4096]
    match = _DECLARED.search(head) or _XML_DECLARED.search(head)
    if match is None:
        return None
    return match[1].decode("ascii", errors="replace")


def parse_html_text(markup: str, limits: ParseLimits) -> ParsedText:
    """The main content of a page that is decoded already."""
    tree = _tree(markup)
    if tree.css_first("frameset") is not None:
        tree = _tree(_FRAMES.sub("", markup))
    title = tree.css_first("head title")
    page_title = worthy(title.text()) if title else ""
    if _IDENTIFIER.fullmatch(page_title):
        page_title = ""
    for node in tree.css(_NOISE):
        node.decompose()
    root = _main_content(tree)
    builder = TextBuilder("text/html", limits)
    page = Page()
    if root is not None:
        Writer(page).write(root)
    titles = page.titles
    page_title = page_title or ("" if titles else worthy(page.cover()))
    page.write_to(builder)
    top = [worthy(heading) for heading in titles]
    if top and top[0] and (not page_title or top[0] in page_title):
        # "Leave policy | Intranet | Example": the page's own heading says it best.
        page_title = top[0]
    return builder.build(page_title)


def _tree(markup: str) -> LexborHTMLParser:
    # Zero bytes end the library's strings; lone surrogates cannot be handed to it.
    markup = without_options(markup.replace("\x00", ""))
    check_cost(markup)
    return LexborHTMLParser(markup.encode("utf-8", errors="replace"))


def _main_content(tree: LexborHTMLParser) -> LexborNode | None:
    body = tree.body
    if body is None:
        return tree.root
    # A header outside of the content, which has a title of its own, names the site.
    titled = body.css_first("main h1,article h1") is not None
    within = {header.mem_id for header in body.css("main header,article header")}
    for header in body.css("header"):
        names_site = titled and header.mem_id not in within
        if names_site or header.css_first("h1,h2") is None:
            header.decompose()
    _drop_asides(body)
    drop_menus(tree, body)
    whole = len(body.text())
    for selector in ("main,[role=main]", "article"):
        found = body.css(selector)[:_MOST_ASIDES]
        longest = max(found, key=lambda node: len(node.text()), default=None)
        share = _MAIN_SHARE if len(found) == 1 else _LONGEST_SHARE
        if longest is not None and len(longest.text()) >= whole * share:
            return longest
    return body


def _drop_asides(body: LexborNode) -> None:
    """Drop what stands beside the content, but no notes within it, and never most of the page."""
    found = body.css(_ASIDES)[:_MOST_ASIDES]
    most = len(body.text()) * _ASIDE_SHARE if found else 0.0
    dropped = [aside for aside in found if _is_aside(aside) and len(aside.text()) < most]
    ids = {aside.mem_id for aside in dropped}
    # What lies in a dropped node goes with it, and must not be touched after that.
    outermost = [aside for aside in dropped if not lies_in(aside, ids)]
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


def _is_inside(node: LexborNode, tags: Sequence[str]) -> bool:
    return any(above.tag in tags for above in ancestors(node))
