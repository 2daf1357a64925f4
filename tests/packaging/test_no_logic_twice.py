"""What chat platforms do alike is written once, in `adapters/chat`."""

from __future__ import annotations

import ast
import io
import keyword
import token
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

LINES = 8
"""A run of so many lines that differ in names alone is the same logic."""

Run = tuple[tuple[str, ...], ...]


def is_no_logic(node: ast.AST) -> TypeGuard[ast.stmt]:
    """Whether it says words, brings names in, or keeps what a constructor was given."""
    if isinstance(node, ast.Assign):
        (kept, *more), given = node.targets, node.value
        return not more and isinstance(kept, ast.Attribute) and isinstance(given, ast.Name)
    words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return words or isinstance(node, ast.Import | ast.ImportFrom)


def lines_of(source: str) -> list[tuple[int, tuple[str, ...]]]:
    """The lines that do something, with numbers, in tokens whose names and texts are left open."""
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if is_no_logic(node):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.FunctionDef):
            left_out |= set(range(node.lineno, node.body[0].lineno))
    found: dict[int, list[str]] = {}
    for each in tokenize.generate_tokens(io.StringIO(source).readline):
        if each.start[0] in left_out or not each.string.strip() or each.type == token.COMMENT:
            continue
        said = each.string
        if each.type == token.NAME and not keyword.iskeyword(said):
            said = "name"
        elif each.type in (token.STRING, token.NUMBER):
            said = "value"
        found.setdefault(each.start[0], []).append(said)
    return [(number, tuple(tokens)) for number, tokens in sorted(found.items())]


def runs_of(source: str) -> Iterator[tuple[int, Run]]:
    lines = lines_of(source)
    for at in range(len(lines) - LINES + 1):
        yield lines[at][0], tuple(tokens for _, tokens in lines[at : at + LINES])


def twice(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Where a run of the one is one of the other's too."""
    known: dict[Run, str] = {}
    for name, source in one.items():
        known |= {run: f"{name}:{line}" for line, run in runs_of(source)}
    return [
        f"{known[run]} and {name}:{line}"
        for name, source in other.items()
        for line, run in runs_of(source)
        if run in known
    ]


def test_what_two_platforms_do_alike_is_written_once(repository: Path) -> None:
    adapters = repository / "layers" / "core" / "wellread" / "adapters" / "chat"
    slack, teams = (
        {f"{name}/{path.name}": path.read_text(encoding="utf-8") for path in folder.glob("*.py")}
        for name, folder in (("slack", adapters / "slack"), ("teams", adapters / "teams"))
    )
    assert len(slack) > 10
    assert len(teams) > 5
    assert twice(slack, teams) == []


@pytest.mark.parametrize(("lines", "found"), [(LINES, True), (LINES - 1, False)])
def test_other_names_do_not_make_other_logic(lines: int, found: bool) -> None:
    one = "\n".join(f"a{n} = b.c({n}, 'x') if d else [e]" for n in range(lines))
    other = "import y\n\n" + "\n".join(f"k{n} = l.m(9, 'z') if o else [p]" for n in range(lines))
    assert bool(twice({"one": one}, {"other": other})) is found
