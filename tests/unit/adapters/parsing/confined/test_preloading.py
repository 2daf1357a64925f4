"""Readers open no files, so that whatever is imported late must have been loaded before."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

LOADED = (
    "from wellread.adapters.parsing.confined.preloading import load_everything\n"
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
    paths = list(folder.rglob("*.py"))
    late = {name for path in paths for name in imported_late(path)}
    assert "wellread.adapters.parsing.pdf.front" in late
    assert late <= modules
    fronts = {
        ".".join(path.relative_to(repository / "layers" / "core").with_suffix("").parts)
        for path in paths
        if path.name != "__init__.py" and path.parent.name != "confined"
    }
    assert len(fronts) > 30
    assert fronts <= modules
    assert not any(name.endswith(("confined.sandbox", "confined.watch")) for name in modules)
    assert not {"psutil", "asyncio", "numpy"} & modules


def test_what_the_collections_and_dates_import_late_is_loaded_before() -> None:
    late = imported_late(Path(__import__("collections").__file__))
    assert "heapq" in late
    assert {"heapq", "_strptime", "unicodedata", "encodings.cp932", "email.generator"} <= loaded()
