"""Large and many through the handlers, with what Lambda and its queues allow enforced.

`python -m tests.lambda_limits pdf 5000` or `... files 10000` prints what it took, as JSON. It runs
in a process of its own, so that its memory can be limited and measured.
"""

from __future__ import annotations

import io
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.laptop import Laptop
from wellread import bootstrap
from wellread.domain.access.scope import Operator
from wellread.local.host import LocalHost
from wellread.local.lambda_runtime import Handler
from wellread.local.queue_work import queue_work

MEMORY_BYTES = 2048 * 2**20
PAYLOAD_BYTES = 6 * 10**6
MESSAGE_BYTES = 256 * 1024
SECONDS = 900.0

WORDS = (
    "leave holiday office manager budget report train safety policy review member travel storage "
    "access document letter payment contract machine garden"
).split()


def large_pdf(pages: int) -> bytes:
    """A report with a heading and 38 lines of text on each page."""
    from reportlab.pdfgen import canvas

    rng = random.Random(5)
    file = io.BytesIO()
    drawing = canvas.Canvas(file, pagesize=(595, 842))
    for page in range(pages):
        text = drawing.beginText(60, 780)
        text.setFont("Helvetica-Bold", 16)
        text.textLine(f"Section {page} {rng.choice(WORDS)}")
        text.setFont("Helvetica", 10)
        for line in range(38):
            end = "." if line % 3 == 2 else ""
            text.textLine(" ".join(rng.choices(WORDS, k=12)) + end)
        drawing.drawText(text)
        drawing.showPage()
    drawing.save()
    return file.getvalue()


def small_file(number: int) -> str:
    rng = random.Random(number)
    return f"# Note {number}\n\n" + " ".join(rng.choices(WORDS, k=60)) + ".\n"


class LimitedLaptop(Laptop):
    """Refuses what Lambda or SQS would refuse."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.longest: dict[str, float] = {}
        self.largest_message = 0
        work = queue_work(self.services)
        for each in work:
            _limit_messages(self, each.queue)
        self.host = LocalHost(
            self.services,
            say=self.said.append,
            work=[replace(w, handler=self._limited(w.function, w.handler)) for w in work],
        )

    def _limited(self, name: str, handler: Handler) -> Handler:
        def call(event: dict[str, Any], context: Any) -> dict[str, Any]:
            began = time.monotonic()
            answer = handler(event, context)
            took = time.monotonic() - began
            self.longest[name] = max(took, self.longest.get(name, 0.0))
            for payload in (event, answer):
                if len(json.dumps(payload).encode()) > PAYLOAD_BYTES:
                    raise SystemExit(f"{name}: a payload is larger than Lambda takes")
            if took > SECONDS:
                raise SystemExit(f"{name}: ran for longer than Lambda lets it")
            return answer

        return call


def _limit_messages(laptop: LimitedLaptop, queue: Any) -> None:
    send: Callable[..., None] = queue.send

    def checked(bodies: Sequence[str], **options: Any) -> None:
        largest = max((len(body.encode()) for body in bodies), default=0)
        laptop.largest_message = max(laptop.largest_message, largest)
        if largest > MESSAGE_BYTES:
            raise SystemExit("a message is larger than SQS takes everywhere")
        send(bodies, **options)

    queue.send = checked


def measure(kind: str, number: int, folder: Path) -> dict[str, Any]:
    """Drop a PDF of so many pages, or so many small files, and deliver until all is done."""
    laptop = LimitedLaptop(folder / "data")
    if kind == "pdf":
        laptop.write("large.pdf", large_pdf(number))
    else:
        for each in range(number):
            laptop.write(f"{each % 100}/{each}.md", small_file(each))
    before = time.monotonic(), time.process_time()
    laptop.scan()
    scanned = time.monotonic()
    # What the large file took to be made is not the functions'.
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while laptop.chunk_next():
        pass
    chunked = time.monotonic()
    while laptop.embed_next():
        pass
    done = time.monotonic()
    progress = laptop.services.documents.progress(Operator())
    chunks = laptop.adapters.index.stats().chunks
    with laptop.adapters.database.snapshot() as connection:
        staged = connection.execute("SELECT count(*) FROM staged_batch").fetchone()[0]
    found = {
        "documents": progress.indexed,
        "failed": progress.failed,
        "waiting": progress.waiting,
        "chunks": chunks,
        "left_staged": staged,
        "left_messages": laptop.change_queue.depth() + laptop.chunk_queue.depth(),
        "largest_message_bytes": laptop.largest_message,
        "longest_invocation_seconds": {k: round(v, 2) for k, v in laptop.longest.items()},
        "scan_seconds": round(scanned - before[0], 1),
        "chunk_seconds": round(chunked - scanned, 1),
        "embed_seconds": round(done - chunked, 1),
        "cpu_seconds": round(time.process_time() - before[1], 1),
    }
    laptop.close()
    bootstrap.install(None)
    return {
        **found,
        "rss_before_mib": baseline // 1024,
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "parser_peak_rss_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def main() -> None:
    import logging

    import wellread.observability  # noqa: F401 - it sets the level that is set here

    kind, number = sys.argv[1], int(sys.argv[2])
    # Address space, of which a process always has more than it uses: stricter than Lambda.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    logging.getLogger("wellread").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(kind, number, Path(folder))))


if __name__ == "__main__":
    main()
