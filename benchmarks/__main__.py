"""Run benchmarks: `python -m benchmarks [NAME...]`; without names, all of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import sys
import time
from pathlib import Path

from benchmarks.acknowledge import run_acknowledge
from benchmarks.chaos import run_chaos
from benchmarks.chunker import run_chunker
from benchmarks.dataset import run_dataset
from benchmarks.documents import FORMATS
from benchmarks.first_token import run_first_token
from benchmarks.freshness import run_freshness
from benchmarks.ingest import run_ingest
from benchmarks.lag import run_lag
from benchmarks.measuring import ROOT
from benchmarks.opensearch import run_opensearch
from benchmarks.options import Benchmark, Options
from benchmarks.pdf import run_pdf
from benchmarks.query import run_query
from benchmarks.schedules import WORLDS, run_schedules
from benchmarks.startup import run_startup

BENCHMARKS: dict[str, Benchmark] = {
    "ingest": run_ingest,
    "pdf": run_pdf,
    "chunker": run_chunker,
    "query": run_query,
    "freshness": run_freshness,
    "startup": run_startup,
    "opensearch": run_opensearch,
    "schedules": run_schedules,
    "lag": run_lag,
    "acknowledge": run_acknowledge,
    "chaos": run_chaos,
    "first-token": run_first_token,
    "dataset": run_dataset,
}
ALONE = frozenset("freshness query schedules lag acknowledge chaos first-token dataset".split())
"""They compare wellread with nothing else, so they need no other environment."""
BUILD = ROOT / "build" / "benchmarks"


def main() -> int:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--peers", type=Path, default=BUILD / "peers" / "bin" / "python")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--chunks", default="5000,50000,100000")
    parser.add_argument("--folder", type=Path, default=BUILD, help="for inputs and indexes")
    parser.add_argument("--world", choices=WORLDS, default="embedded", help="of schedules")
    parser.add_argument("--schedules", type=int, default=1000, help="how many; questions of chaos")
    parser.add_argument("--seed", type=int, help="of the first schedule; by default a random one")
    parser.add_argument("--events", type=int, default=10_000, help="of lag")
    parser.add_argument("--rate", type=float, default=20.0, help="of lag: events a second")
    parser.add_argument("--set", dest="sets", type=Path, action="append", help="of dataset")
    parser.add_argument("--json", type=Path, help="write the tables here too")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    names = given.names or list(BENCHMARKS)
    if not given.peers.is_file() and not ALONE.issuperset(names):
        parser.error(f"{given.peers} is not there; docs/benchmarks.md says how to set it up")
    options = Options(
        folder=given.folder.resolve(),
        ours=Path(sys.executable),
        peers=given.peers.absolute(),
        rounds=given.rounds,
        formats=tuple(given.formats.split(",")),
        chunks=tuple(int(size) for size in given.chunks.split(",")),
        world=given.world,
        schedules=given.schedules,
        seed=secrets.randbelow(10**6) if given.seed is None else given.seed,
        events=given.events,
        rate=given.rate,
        sets=tuple(given.sets or ()),
    )
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {given.rounds} rounds")
    tables = []
    for name in names:
        started = time.monotonic()
        print(f"\n## {name}", flush=True)
        for made in BENCHMARKS[name](options):
            print(f"\n{made}", flush=True)
            tables.append({"benchmark": name, **made.as_json()})
        print(f"\n({time.monotonic() - started:.0f} s)", flush=True)
    if given.json:
        given.json.write_text(json.dumps(tables, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
