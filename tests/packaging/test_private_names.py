"""No test reaches into a private name of the product, or it would break with its insides."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PRODUCT = ("layers/core/wellread", "functions", "stack_local", "scripts", "benchmarks")
_PRIVATE = re.compile(r"_[a-zA-Z]\w*")
_OURS = ("wellread", "functions", "stack_local", "scripts", "benchmarks")
_PATCHES = {"setattr", "delattr", "patch", "object", "getattr"}


def private_names(tree: ast.AST) -> set[str]:
    """The private names that some code defines."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.Name(ctx=ast.Store()):
                found.add(node.id)
            case ast.Attribute(ctx=ast.Store()):
                found.add(node.attr)
    return {name for name in found if _PRIVATE.fullmatch(name)}


def reached_into(tree: ast.AST, private: set[str]) -> Iterator[tuple[int, str]]:
    """Where a test's code names something private of somebody else: line and name."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name) if name in private:
                yield node.lineno, name
            case ast.ImportFrom(module=str(module), names=names) if module.startswith(_OURS):
                yield from ((node.lineno, each.name) for each in names if each.name in private)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in _PATCHES:
                texts = (each for each in node.args if isinstance(each, ast.Constant))
                named = (str(each.value).rpartition(".")[2] for each in texts)
                yield from ((node.lineno, each) for each in named if each in private)


def trees(root: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def found() -> list[str]:
    root = Path(__file__).resolve().parents[2]
    private = {name for _, tree in trees(root, PRODUCT) for name in private_names(tree)}
    assert len(private) > 500
    return [
        f"{path}:{line} {name}"
        for path, tree in trees(root, ("tests",))
        for line, name in reached_into(tree, private)
    ]


def test_no_test_reaches_into_a_private_name(found: list[str]) -> None:
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "stack.services._index",
        "from wellread.local.logs import _Handler",
        "monkeypatch.setattr('wellread.local.host._Handler', 3)",
        "monkeypatch.setattr(host, '_index', 3)",
        "host._Handler()",
    ],
)
def test_a_reach_into_a_private_name_is_noticed(code: str) -> None:
    assert list(reached_into(ast.parse(code), {"_index", "_Handler"}))


@pytest.mark.parametrize("code", ["self._index", "x.index", "hit['_index']", "import wellread"])
def test_what_is_not_private_to_others_is_let_be(code: str) -> None:
    assert not list(reached_into(ast.parse(code), {"_index"}))
