"""PDF: pages per processor second, beside pypdf."""

from __future__ import annotations

from benchmarks.ingest import readable_inputs
from benchmarks.measuring import interleaved, median
from benchmarks.options import Options, Table


def run_pdf(options: Options) -> list[Table]:
    """Read the generated documents, and real ones where there are some."""
    pages = Table(
        "PDF pages a CPU second",
        ("documents", "pages", "wellread", "in one process", "pypdf", "ratio", "in one process"),
        note="wellread reads in its limited child process, with headings, tables and running heads "
        "found; pypdf extracts the text of every page in its own process.",
    )
    for name, paths in readable_inputs(options, "pdf", "PyPDFLoader").items():
        given = {"paths": paths}
        ours, theirs = interleaved(
            options.rounds,
            lambda given=given: options.wellread("pdf", given),
            lambda given=given: options.peer("pdf", given),
        )
        count = theirs[0]["pages"]
        speeds = [
            count / median([each[key] for each in side])
            for side, key in ((ours, "sandboxed"), (ours, "in process"), (theirs, "pypdf"))
        ]
        ratios = (speeds[0] / speeds[2], speeds[1] / speeds[2])
        pages.rows.append((name, count, *speeds, *ratios))
    return [pages]
