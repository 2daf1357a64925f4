"""Ingest: documents per processor second and peak memory, beside LangChain's usual way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.documents import OFFICE, REPORT, SIZES, Size, make_documents
from benchmarks.measuring import interleaved, median
from benchmarks.options import Options, Table, development_data

LOADERS = {
    "pdf": ("PyPDFLoader",),
    "docx": ("Docx2txtLoader", "UnstructuredWordDocumentLoader"),
    "pptx": ("UnstructuredPowerPointLoader",),
    "xlsx": ("UnstructuredExcelLoader",),
    "md": ("TextLoader",),
    "txt": ("TextLoader",),
    "html": ("BSHTMLLoader",),
}
_WARM_UP = Size("warm-up", 1, 4, 1)
REAL = "real files"
_MB = 1e6
LEAST_SECONDS = 0.03
"""A child's processor time is told in hundredths of a second: less than that is no figure."""


def run_ingest(options: Options) -> list[Table]:
    """All formats with a constant embedder, our stages, and some with the packaged embedder."""
    return [
        *_compare(options, "constant"),
        _stages(options),
        *_compare(options, "packaged"),
    ]


def readable_inputs(
    options: Options, kind: str, loader: str, **how: object
) -> dict[str, list[str]]:
    """A format's files by size, and real ones that both sides can take in in this way."""
    groups, warm_up = _inputs(options, kind)
    return _readable(options, groups, {"warm_up": warm_up, "loader": loader, **how})


def warm_up_of(options: Options, kind: str) -> list[str]:
    """A format's files that nobody measures."""
    return _inputs(options, kind)[1]


def _compare(options: Options, embedder: str) -> list[Table]:
    constant = embedder == "constant"
    speed = Table(
        f"Ingest with {'a constant' if constant else 'the packaged'} embedder",
        (
            *("format", "beside", "documents a CPU second", "theirs", "ratio"),
            *("letters", "reports", "manuals", REAL, "peak MB", "theirs"),
        ),
        note="Processor time outside the embedder, of the process and its children. The columns "
        "from letters to real files are ratios too.",
    )
    formats = [f for f in options.formats if constant or f in ("pdf", *OFFICE)]
    for kind in formats:
        groups, warm_up = _inputs(options, kind)
        if not constant:
            groups = {REPORT.name: groups[REPORT.name]}
        given = {"embedder": embedder, "warm_up": warm_up}
        for loader in LOADERS[kind]:
            readable = _readable(options, groups, {**given, "loader": loader})
            given["groups"] = readable
            rounds = options.rounds if constant else 1
            ours, theirs = interleaved(
                rounds,
                lambda given=given: options.wellread("ingest", given),
                lambda given={**given, "loader": loader}: options.peer("ingest", given),
            )
            check_all_read(readable, [*ours, *theirs])
            speed.rows.append(_row(kind, loader, readable, ours, theirs))
    return [speed]


def _row(
    kind: str, loader: str, groups: dict[str, list[str]], ours: list[Any], theirs: list[Any]
) -> list[object]:
    cost = {name: cpu_of(ours, name) for name in groups}
    peer = {name: cpu_of(theirs, name) for name in groups}
    made = [name for name in groups if name != REAL]
    count = sum(len(groups[name]) for name in made)
    mine, other = sum(cost[name] for name in made), sum(peer[name] for name in made)
    by_group = [
        peer[name] / cost[name] if cost.get(name, 0.0) > LEAST_SECONDS else None
        for name in (*(size.name for size in SIZES), REAL)
    ]
    peaks = [median([each["peak"] for each in side]) / _MB for side in (ours, theirs)]
    return [kind, loader, count / mine, count / other, other / mine, *by_group, *peaks]


def check_all_read(groups: dict[str, list[str]], results: list[Any]) -> None:
    """A file that is refused costs little: it must not look like speed.

    Raises:
        RuntimeError: Some file was not read.
    """
    wanted = {Path(path).name for paths in groups.values() for path in paths}
    if failed := wanted & {name for result in results for name in result["failed"]}:
        raise RuntimeError(f"Not read, so nothing can be compared: {sorted(failed)[:5]}")


def cpu_of(results: list[Any], group: str) -> float:
    """Processor seconds that a group took, the median of the rounds."""
    return median([result["groups"][group]["cpu"] for result in results])


def _readable(
    options: Options, groups: dict[str, list[str]], given: dict[str, Any]
) -> dict[str, list[str]]:
    """The groups without the real files that either side cannot read."""
    if REAL not in groups:
        return groups
    only = {**given, "embedder": "constant", "groups": {REAL: groups[REAL]}}
    failed = {
        *options.wellread("ingest", only)["failed"],
        *options.peer("ingest", only)["failed"],
    }
    kept = [path for path in groups[REAL] if Path(path).name not in failed]
    return {**groups, REAL: kept} if kept else {k: v for k, v in groups.items() if k != REAL}


def _inputs(options: Options, kind: str) -> tuple[dict[str, list[str]], list[str]]:
    folder = options.folder / "documents" / kind
    if not folder.is_dir():
        make_documents(folder, kind)
        make_documents(options.folder / "documents" / "warm-up", kind, (_WARM_UP,))
    groups = {size.name: _paths(folder, f"{size.name}-*") for size in SIZES}
    if real := _real_files(kind):
        groups[REAL] = real
    return groups, _paths(folder.parent / "warm-up", f"*.{kind}")


def _paths(folder: Path, pattern: str) -> list[str]:
    return [str(path) for path in sorted(folder.glob(pattern))]


def _real_files(kind: str) -> list[str]:
    data = development_data("files")
    if data is None:
        return []
    lines = (data / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [each["file"] for each in map(json.loads, lines) if each["expect"] == "text"]
    return [str(data / "files" / name) for name in sorted(texts) if name.endswith(f".{kind}")]


def _stages(options: Options) -> Table:
    stages = Table(
        "Where ingest's time goes",
        ("format", "size", "ms a document", "read", "cut", "register, stage, index"),
        note="Milliseconds of processor time a document: reading is the parser's process with the "
        "transfer to and from it; the last column is all the rest.",
    )
    for kind in options.formats:
        groups, warm_up = _inputs(options, kind)
        for size in SIZES:
            paths = groups[size.name]
            given = {"warm_up": warm_up, "embedder": "constant", "groups": {size.name: paths}}
            whole, parts = interleaved(
                options.rounds,
                lambda given=given: options.wellread("ingest", given),
                lambda given={**given, "paths": paths}: options.wellread("stages", given),
            )
            check_all_read({size.name: paths}, whole)
            total = cpu_of(whole, size.name)
            read, cut = (median([part[name] for part in parts]) for name in ("parse", "chunk"))
            costs = [total, read, cut, max(0.0, total - read - cut)]
            stages.rows.append((kind, size.name, *(1000 * each / len(paths) for each in costs)))
    return stages
