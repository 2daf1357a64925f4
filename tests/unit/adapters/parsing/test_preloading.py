"""Readers open no files, so that whatever is imported late must have been loaded before."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

LOADED = (
    "from wellread.adapters.parsing.preloading import load_everything\n"
    "import sys\n"
    "load_everything()\n"
    "print(*sys.modules)\n"
)


def loaded() -> set[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, env=env, check=True
    )
    return set(done.stdout.split())


def imported_late(path: Path) -> set[str]:
    """Modules that functions of a file import."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    found: set[str] = set()
    for node in (each for function in functions for each in ast.walk(function)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def test_everything_that_a_front_imports_is_loaded_before(repository: Path) -> None:
    modules = loaded()
    folder = repository / "layers" / "core" / "wellread" / "adapters" / "parsing"
    late = {name for path in folder.glob("*.py") for name in imported_late(path)}
    assert "wellread.adapters.parsing.pdf" in late
    assert late <= modules
    fronts = {f"wellread.adapters.parsing.{path.stem}" for path in folder.glob("*.py")}
    of_the_parent = {"__init__", "child", "sandbox", "watch"}
    assert fronts - modules == {f"wellread.adapters.parsing.{name}" for name in of_the_parent}
    assert not {"psutil", "asyncio", "numpy"} & modules


def test_what_the_collections_and_dates_import_late_is_loaded_before() -> None:
    late = imported_late(Path(__import__("collections").__file__))
    assert "heapq" in late
    assert {"heapq", "_strptime", "unicodedata", "encodings.cp932", "email.generator"} <= loaded()
