"""Menus of a page: stretches of little but links, told from lists of links in the text."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

_FEWEST_LINKS = 4
_MOST_LINKS = 5_000
_LINK_SHARE = 0.7
_FEWEST_PROSE = 500
_LEAST_PROSE_SHARE = 0.35
_PARAGRAPH = 80
_DEEPEST = 50
_KEPT = ("html", "body", "main", "article", "table", "tbody", "thead", "tr", "td", "th")


@dataclass(slots=True)
class _Links:
    """What a node holds of links.

    Attributes:
        above: The next node around it, None below the page's body.
        content: It is, or lies in, the main content.
        tries: Of the nodes around it, how many were looked at.
        settled: It is mostly links, or lies in what is.
    """

    node: LexborNode
    above: _Links | None
    content: bool
    count: int = 0
    characters: int = 0
    tries: int = 0
    settled: bool = False


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
    dropped = []
    beside: dict[int, bool] = {}
    for holder in holders:
        node, above = holder.node, holder.above
        if above is not None:
            holder.tries, holder.settled = above.tries, above.settled
        if holder.settled or holder.count < _FEWEST_LINKS or node.tag in _KEPT:
            continue
        holder.tries += 1
        # No menu is that deep in what has links, and to measure each takes long.
        if holder.tries > _DEEPEST:
            continue
        if holder.characters >= _length(node) * _LINK_SHARE:
            holder.settled = True
            if not _belongs_to_text(node, beside):
                dropped.append(node)
    for node in dropped:
        node.decompose()


def _holders(links: list[LexborNode], body: LexborNode) -> list[_Links]:
    """The nodes around the links, each before those in it."""
    holders: dict[int, _Links] = {}
    for link in links:
        above: list[LexborNode] = []
        node = link.parent
        while node is not None and node.mem_id != body.mem_id and node.mem_id not in holders:
            above.append(node)
            node = node.parent
        holder = holders.get(node.mem_id) if node is not None else None
        for new in reversed(above):
            content = new.tag in ("main", "article") or (holder is not None and holder.content)
            holder = holders[new.mem_id] = _Links(new, holder, content)
        if holder is not None and not holder.content:
            holder.count += 1
            holder.characters += _length(link)
    for holder in reversed(holders.values()):
        if holder.above is not None:
            holder.above.count += holder.count
            holder.above.characters += holder.characters
    return list(holders.values())


def _length(node: LexborNode) -> int:
    return len("".join(node.text().split()))


def _belongs_to_text(node: LexborNode, beside: dict[int, bool]) -> bool:
    """Whether a paragraph stands beside it, or what no menu has within it.

    Args:
        node: What is mostly links.
        beside: By nodes, whether they hold a paragraph; those that are looked at are added.
    """
    if node.tag == "ol" or node.css_first("h1,table,pre,ol") is not None:
        return True
    parent = node.parent
    if parent is None:
        return False
    if parent.mem_id not in beside:
        beside[parent.mem_id] = any(
            child.tag == "p" and _length(child) >= _PARAGRAPH for child in parent.iter()
        )
    return beside[parent.mem_id]
