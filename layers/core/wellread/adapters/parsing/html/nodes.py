"""Where a node stands in its page."""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import islice

from selectolax.lexbor import LexborNode

_LOOKED_AT = 32


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """What a node lies in, the innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def first_character(node: LexborNode) -> str:
    """The first character of an element's words, empty where none is near its beginning."""
    inside = islice(node.traverse(include_text=True), _LOOKED_AT)
    return next((words[0] for child in inside if (words := child.text_content)), "")


def lies_in(node: LexborNode, nodes: Set[int]) -> bool:
    """Whether one of these nodes, by their `mem_id`, is around a node."""
    return any(above.mem_id in nodes for above in ancestors(node))
