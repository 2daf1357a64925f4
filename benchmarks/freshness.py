"""Seconds from dropping a file until questions find it, on a host that is idle otherwise."""

from __future__ import annotations

import shutil

from benchmarks.documents import SIZES, make_documents
from benchmarks.measuring import interleaved, median
from benchmarks.options import Options, Table

_SETTLE_SECONDS = 1.5


def run_freshness(options: Options) -> list[Table]:
    """One file of every kind that matters, with the packaged embedder."""
    waits = Table(
        "Drop → answerable",
        ("document", "seconds", "longest"),
        note="On the clock, so other work on the machine shows. The packaged embedder embeds on "
        "one thread here; a host uses all processors but one.",
    )
    folder = options.folder / "drops"
    shutil.rmtree(folder, ignore_errors=True)
    files = {}
    for number, kind in enumerate(("md", "pdf", "docx")):
        made = make_documents(folder, kind)
        for size in SIZES:
            if size.name != "manual" or kind == "pdf":
                # Another one of each kind: vectors of a text that was seen before are remembered.
                paths = [path for path in made if path.name.startswith(size.name)]
                files[f"{kind} {size.name}"] = str(paths[number % len(paths)])
    given = {"embedder": "packaged", "settle": _SETTLE_SECONDS, "files": files}
    (results,) = interleaved(
        max(1, options.rounds // 2), lambda: options.wellread("freshness", given)
    )
    for name in files:
        seconds = [result[name] for result in results]
        waits.rows.append((name, median(seconds), max(seconds)))
    return [waits]
