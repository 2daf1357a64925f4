"""Reports of reconcile runs, as files in the data folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class FolderReportStore:
    """A `ReportStore`: `<folder>/<run>/<name>`."""

    def __init__(self, folder: Path):
        """Keep them in this folder, which is made when the first is."""
        self._folder = folder

    def put(self, run: str, name: str, text: str) -> str:
        """Keep a piece of a run. Returns its path."""
        path = self._folder / run / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return str(path)

    def get(self, run: str, name: str) -> str | None:
        try:
            return (self._folder / run / name).read_bytes().decode("utf-8", "surrogatepass")
        except FileNotFoundError:
            return None

    def names(self, run: str) -> Sequence[str]:
        folder = self._folder / run
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
