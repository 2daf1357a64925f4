"""Writes the docs' tables that are made from the code: python -m scripts.tables [--check]."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from wellread.domain.knowledge.metrics import Metric
from wellread.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("docs/configuration.md", "docs/operating.md")
_BEGINS = {
    "settings": "data",
    "stack-settings": "backend",
    "tuning-settings": "fine_tune_state_machine",
    "command-settings": "bucket",
}
"""The table of settings that a setting begins; the next ones go on with it."""

_TABLE = re.compile(
    r"(?<=<!-- made from the code: )([\w-]+)( -->\n).*?(?=\n<!-- end -->)", re.DOTALL
)


def with_tables(page: str) -> str:
    """A page with its tables as they must be."""
    tables = {**settings_tables(), "metrics": metrics_table()}
    return _TABLE.sub(lambda found: found[1] + found[2] + tables[found[1]], page)


def settings_tables() -> dict[str, str]:
    """The tables of settings, by name."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    begun = {first: table for table, first in _BEGINS.items()}
    table = ""
    for name, field in Settings.model_fields.items():
        table = begun.get(name, table)
        if field.validation_alias is None:  # what others name, too
            setting = f"`WELLREAD_{name.upper()}`"
            rows.setdefault(table, []).append((setting, _default(field), field.description or ""))
    heads = ("setting", "default", "what it says")
    return {table: _table(heads, of_table) for table, of_table in rows.items()}


def metrics_table() -> str:
    """The table of metrics."""
    rows = [(f"`{metric}`", metric.unit.value, metric.meaning) for metric in Metric]
    return _table(("metric", "unit", "what a value is"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    shown = str(extra["shown"]) if isinstance(extra, dict) else ""
    value = field.default
    if shown or value is None:
        return shown or "unset"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`" if value else "none"
    if isinstance(value, bool | int | float):
        return str(int(value))
    return f"`{value}`"


def outdated(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """The pages whose tables are not as they must be, and what is to be in them."""
    for name in PAGES:
        text = (root / name).read_text("utf-8")
        wanted = with_tables(text)
        if wanted != text:
            yield root / name, wanted


def main() -> int:
    """Write the tables, or say which pages have others; 1 where some have."""
    parser = argparse.ArgumentParser(description="Write the tables that are made from the code.")
    parser.add_argument("--check", action="store_true", help="only say which are outdated")
    check = parser.parse_args().check
    wrong = 0
    for path, text in outdated():
        said = "has outdated tables: run `make tables`." if check else "has new tables."
        print(f"{path.relative_to(ROOT)} {said}")
        wrong += check
        if not check:
            path.write_text(text, "utf-8")
    return min(wrong, 1)


if __name__ == "__main__":
    raise SystemExit(main())
