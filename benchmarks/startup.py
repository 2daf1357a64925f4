"""Start-up: what imports and commands cost a fresh process, beside LangChain's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from benchmarks.measuring import ROOT, interleaved, median
from benchmarks.options import Options, Table

_OURS = {
    "bare Python": ["-c", "pass"],
    "import functions.api.app": ["-c", "import functions.api.app"],
    "import functions.chunk.app": ["-c", "import functions.chunk.app"],
    "import functions.embed.app": ["-c", "import functions.embed.app"],
    "chunk's services built": [
        "-c",
        "import tempfile, pathlib\n"
        "from wellread import settings\n"
        "from wellread.bootstrap import embedded\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "embedded.EmbeddedServices(settings.load_settings(data=folder)).close()",
    ],
    "wellread --help": ["-m", "wellread", "--help"],
}
_PEERS = {
    "import langchain_community.document_loaders": (
        "from langchain_community.document_loaders import PyPDFLoader, Docx2txtLoader"
    ),
    "the same, with splitters and store": (
        "from langchain_community.document_loaders import PyPDFLoader, Docx2txtLoader\n"
        "from langchain_text_splitters import RecursiveCharacterTextSplitter\n"
        "from langchain_core.vectorstores import InMemoryVectorStore"
    ),
    "import boto3; client('sqs')": "import boto3; boto3.client('sqs', region_name='eu-west-1')",
}
_SERVE = "wellread serve until ready, packaged embedder"


def run_startup(options: Options) -> list[Table]:
    """Processor seconds and peak memory of fresh processes."""
    names = [*_OURS, _SERVE, *_PEERS]
    sides = [
        *(lambda given=given: _cost(options.ours, given) for given in _OURS.values()),
        lambda: _serve_cost(options.ours),
        *(lambda code=code: _cost(options.peers, ["-c", code]) for code in _PEERS.values()),
    ]
    results = interleaved(options.rounds, *sides)
    costs = {
        name: [median([each[part] for each in runs if each]) for part in (0, 1)]
        for name, runs in zip(names, results, strict=True)
        if any(runs)
    }
    peer = costs.get("the same, with splitters and store", [float("nan")])[0]
    table = Table(
        "Start-up",
        ("process", "CPU ms", "peak MB", "LangChain's CPU over this"),
        note="With compiled bytecode in place.",
    )
    table.rows.extend((name, 1000 * cpu, peak, peer / cpu) for name, (cpu, peak) in costs.items())
    return [table]


def cost_of_code(python: Path, code: str) -> tuple[float, float]:
    """Processor seconds and peak MB of a process that runs some code.

    Raises:
        RuntimeError: It failed.
    """
    cost = _cost(python, ["-c", code])
    if cost is None:
        raise RuntimeError(f"this failed: {code}")
    return cost


def _cost(python: Path, given: list[str]) -> tuple[float, float] | None:
    """Processor seconds and peak MB of a process; None where it failed."""
    process = subprocess.Popen(
        [str(python), *given],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return _reap(process)


def _serve_cost(python: Path) -> tuple[float, float] | None:
    """The same of `wellread serve`, which is interrupted once it says where its page is."""
    folder = tempfile.mkdtemp(prefix="wellread-benchmark-")
    try:
        process = subprocess.Popen(
            [str(python), "-m", "wellread", "serve", "--data", folder, "--port", "8907"],
            cwd=ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        ready = any("READY" in line for line in process.stdout)
        process.send_signal(signal.SIGKILL)
        measured = _reap(process, killed=True)
        process.stdout.close()
        return measured if ready else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reap(process: subprocess.Popen[str], *, killed: bool = False) -> tuple[float, float] | None:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and not killed:
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e3


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core")])
    return {**kept, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "HF_HUB_OFFLINE": "1"}
