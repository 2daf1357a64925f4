"""Where a node stands in its page."""

from __future__ import annotations

from collections.abc import Iterator, Set

from selectolax.lexbor import LexborNode


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """What a node lies in, the innermost first."""
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def lies_in(node: LexborNode, nodes: Set[int]) -> bool:
    """Whether one of these nodes, by their `mem_id`, is around a node."""
    return any(above.mem_id in nodes for above in ancestors(node))
