"""Menus of a page: stretches of little but links, told from lists of links in the text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from selectolax.lexbor import LexborHTMLParser, LexborNode

from wellread.adapters.parsing.html_nodes import ancestors, lies_in

_FEWEST_LINKS = 4
_MOST_LINKS = 5_000
_LINK_SHARE = 0.7
_FEWEST_PROSE = 500
_LEAST_PROSE_SHARE = 0.35
_PARAGRAPH = 80
_KEPT = ("html", "body", "main", "article", "table", "tbody", "thead", "tr", "td", "th")


@dataclass(slots=True)
class _Links:
    """What a node holds of links, and how long all its text is, once that was asked."""

    node: LexborNode
    count: int = 0
    characters: int = 0


def drop_menus(tree: LexborHTMLParser, body: LexborNode) -> None:
    """Drop what is mostly links, where the page has prose of its own beside it.

    A list of links below a paragraph belongs to that; so does everything in the main content;
    numbered lists are references and tables of contents, and a page that is little but links is
    about them.
    """
    links = tree.css("a[href]:not([href^='#'])")
    if not _FEWEST_LINKS <= len(links) <= _MOST_LINKS:
        return
    holders = _holders(links, body)
    whole = _length(body)
    prose = whole - sum(_length(link) for link in links)
    if prose < max(_FEWEST_PROSE, whole * _LEAST_PROSE_SHARE):
        return
    settled: set[int] = set()
    dropped = []
    # The outermost come first: a node's ancestors were met when its first link was.
    for holder in holders:
        node = holder.node
        if holder.count < _FEWEST_LINKS or node.tag in _KEPT or lies_in(node, settled):
            continue
        if holder.characters >= _length(node) * _LINK_SHARE:
            settled.add(node.mem_id)
            if not _belongs_to_text(node):
                dropped.append(node)
    for node in dropped:
        node.decompose()


def _holders(links: list[LexborNode], body: LexborNode) -> list[_Links]:
    """The nodes around the links, each before those in it."""
    holders: dict[int, _Links] = {}
    for link in links:
        above = list(takewhile(lambda node: node.mem_id != body.mem_id, ancestors(link)))
        if any(node.tag in ("main", "article") for node in above):
            continue
        length = _length(link)
        for node in reversed(above):
            holder = holders.setdefault(node.mem_id, _Links(node))
            holder.count += 1
            holder.characters += length
    return list(holders.values())


def _length(node: LexborNode) -> int:
    return len("".join(node.text().split()))


def _belongs_to_text(node: LexborNode) -> bool:
    """Whether a paragraph stands beside it, or what no menu has within it."""
    if node.tag == "ol" or node.css_first("h1,table,pre,ol") is not None:
        return True
    parent = node.parent
    children = list(parent.iter()) if parent is not None else []
    return any(child.tag == "p" and _length(child) >= _PARAGRAPH for child in children)
