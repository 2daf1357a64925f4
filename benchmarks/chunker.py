"""Cutting Markdown into chunks: megabytes per processor second, beside LangChain's splitters."""

from __future__ import annotations

from pathlib import Path

from benchmarks.documents import MANUAL, make_documents
from benchmarks.measuring import interleaved, median
from benchmarks.options import Options, Table, development_data

_REPEATS = 5


def run_chunker(options: Options) -> list[Table]:
    """Cut a generated manual, and real manuals where there are some."""
    speeds = Table(
        "Chunker, MB a CPU second",
        ("text", "MB", "wellread", "with headings found", "LangChain", "ratio", "with headings"),
        note="LangChain: MarkdownHeaderTextSplitter, then RecursiveCharacterTextSplitter. Parsing "
        "finds headings before wellread's chunker sees a text, so both ways of counting are given.",
    )
    for name, paths in _texts(options).items():
        size = sum(len(Path(path).read_bytes()) for path in paths) / 1e6
        given = {"paths": paths, "repeats": _REPEATS}
        ours, theirs = interleaved(
            options.rounds,
            lambda given=given: options.wellread("chunker", given),
            lambda given=given: options.peer("chunker", given),
        )
        cut, whole, peer = (
            _REPEATS * size / median([each[key] for each in side])
            for side, key in ((ours, "chunk"), (ours, "headings and chunk"), (theirs, "langchain"))
        )
        speeds.rows.append((name, size, cut, whole, peer, cut / peer, whole / peer))
    return [speeds]


def _texts(options: Options) -> dict[str, list[str]]:
    folder = options.folder / "manuals"
    if not folder.is_dir():
        make_documents(folder, "md", (MANUAL,))
    texts = {"generated manual": [str(path) for path in sorted(folder.glob("*.md"))]}
    if real := development_data("devset/docs"):
        texts["development set"] = [str(path) for path in sorted(real.rglob("*.md"))]
    return texts
