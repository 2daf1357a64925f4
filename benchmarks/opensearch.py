"""Ingest into an OpenSearch: processor time and memory beside OpenSearchVectorSearch."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.documents import OFFICE
from benchmarks.ingest import (
    LEAST_SECONDS,
    LOADERS,
    REAL,
    check_all_read,
    cpu_of,
    readable_inputs,
    warm_up_of,
)
from benchmarks.measuring import ROOT, interleaved, median
from benchmarks.options import Options, Table

FORMATS = ("pdf", *OFFICE, "md", "txt")
_START_SECONDS = 180.0
_PORT = re.compile(r"^HTTP Port: +(\d+)$", re.MULTILINE)
_MB = 1e6
_ABSENT = (
    "There is no OpenSearch: start one without its security plugin and set OPENSEARCH_URL "
    "(docs/benchmarks.md)."
)


def run_opensearch(options: Options) -> list[Table]:
    """Every format with constant vectors; both sides write to the same server."""
    speed = Table(
        "Ingest into OpenSearch with a constant embedder",
        (
            *("format", "beside", "documents a CPU second", "theirs", "ratio"),
            *("of generated files", "of real files"),
            *("chunks a CPU second", "theirs", "ratio", "peak MB", "theirs", "ratio"),
        ),
        note="Processor time outside the embedder, of the process and its children, without the "
        "server's. Both refresh the index after every write. Chunks are of about 800 characters "
        "on both sides, but not the same.",
    )
    with server() as url:
        for kind in (each for each in options.formats if each in FORMATS):
            for loader in LOADERS[kind]:
                speed.rows.append(_row(options, kind, loader, url))
    return [speed]


def _row(options: Options, kind: str, loader: str, url: str) -> list[object]:
    groups = readable_inputs(options, kind, loader, opensearch=url)
    given: dict[str, Any] = {
        "embedder": "constant",
        "warm_up": warm_up_of(options, kind),
        "groups": groups,
        "opensearch": url,
    }
    ours, theirs = interleaved(
        options.rounds,
        lambda: options.wellread("ingest", given),
        lambda: options.peer("ingest", {**given, "loader": loader}),
    )
    check_all_read(groups, [*ours, *theirs])
    documents = sum(map(len, groups.values()))
    mine, other = (sum(cpu_of(side, name) for name in groups) for side in (ours, theirs))
    real = [cpu_of(side, REAL) for side in (ours, theirs)] if REAL in groups else [0.0, 0.0]
    chunks = [median([each["chunks"] for each in side]) for side in (ours, theirs)]
    peaks = [median([each["peak"] for each in side]) / _MB for side in (ours, theirs)]
    return [
        *(kind, loader, documents / mine, documents / other, other / mine),
        (other - real[1]) / (mine - real[0]),
        real[1] / real[0] if real[0] > LEAST_SECONDS else None,
        *(chunks[0] / mine, chunks[1] / other, (chunks[0] / mine) / (chunks[1] / other)),
        *(peaks[0], peaks[1], peaks[0] / peaks[1]),
    ]


@contextmanager
def server() -> Iterator[str]:
    """The address of an OpenSearch: the one that is running, or one of the development data.

    Raises:
        RuntimeError: There is none.
    """
    if url := os.environ.get("OPENSEARCH_URL"):
        yield url.rstrip("/")
        return
    script = Path(os.environ.get("WELLREAD_SHARED", ROOT.parent / "shared"), "opensearch")
    if not (script / "opensearch").is_file():
        raise RuntimeError(_ABSENT)
    folder = Path(tempfile.mkdtemp(prefix="wellread-opensearch-"))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [script / "opensearch", "run", "--data", folder, "--port", "9291", "--heap", "1g"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        text = log.read_text(errors="replace")
        if (port := _PORT.search(text)) and "started" in text:
            return f"http://127.0.0.1:{port[1]}"
        time.sleep(0.2)
    raise RuntimeError(f"OpenSearch does not start:\n{log.read_text(errors='replace')[-2000:]}")
