"""The directions of imports, and what importing a handler costs."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HEAVY = {"httpx", "nicegui", "numpy", "onnxruntime", "pypdfium2", "selectolax", "tokenizers"}


def test_the_import_contracts_of_pyproject_hold(repository: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as m; m()"],
        cwd=repository,
        env=environment(repository),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_domain_and_ports_import_only_the_standard_library(repository: Path) -> None:
    package = repository / "layers" / "core" / "wellread"
    foreign = {
        f"{path.relative_to(package)}: {module}"
        for path in [*package.glob("domain/**/*.py"), *package.glob("ports/*.py")]
        for module in imported(path)
        if module.split(".")[0] not in sys.stdlib_module_names
        and not module.startswith(("wellread.domain", "wellread.ports"))
    }
    assert foreign == set()


def test_every_folder_of_code_is_a_package_that_import_linter_sees(repository: Path) -> None:
    roots = [repository / "layers" / "core" / "wellread", repository / "functions"]
    folders = {path.parent for root in roots for path in root.rglob("*.py")}
    assert {str(f) for f in folders if not (f / "__init__.py").exists()} == set()


@pytest.mark.parametrize("name", ["api", "chunk", "embed", "parse", "reconcile", "slack", "teams"])
def test_importing_a_handler_loads_nothing_heavy_and_needs_no_settings(
    repository: Path, name: str
) -> None:
    code = f"import sys, functions.{name}.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env=environment(repository),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert HEAVY & set(done.stdout.split()) == set()


def environment(repository: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository / "layers/core"), "."])}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "." * node.level
