"""What wellread does in a benchmark, in a process of its own."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.measuring import Meter, cpu_seconds, peak_bytes, serve
from wellread import bootstrap
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.bootstrap import embedded
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import DocumentId, ParsedText
from wellread.local.host import LocalHost
from wellread.local.logs import log_to
from wellread.ports.access import AccessRulesSource
from wellread.ports.index import PassageIndex
from wellread.ports.models import Embedder, Vector
from wellread.settings import Settings

MakeIndex = Callable[[AccessRulesSource], PassageIndex]

DIMENSIONS = 384
_LONGEST_WAIT_SECONDS = 300


class ConstantEmbedder:
    """Gives every text the same vector, so that only what is around an embedder costs."""

    model_version = "constant"
    dimensions = DIMENSIONS
    _VECTOR: Vector = (1.0,) + (0.0,) * (DIMENSIONS - 1)

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """The vector, once a text."""
        return [self._VECTOR] * len(texts)

    def embed_question(self, _text: str) -> Vector:
        """The vector."""
        return self._VECTOR


class MeteredEmbedder:
    """An embedder whose processor time is known."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.seconds = 0.0
        self.model_version = inner.model_version
        self.dimensions = inner.dimensions

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """Embed, and count what it took."""
        before = time.process_time()
        vectors = self._inner.embed_documents(texts)
        self.seconds += time.process_time() - before
        return vectors

    def embed_question(self, text: str) -> Vector:
        """Embed, uncounted."""
        return self._inner.embed_question(text)


def make_embedder(name: str) -> MeteredEmbedder:
    """The constant one, or the packaged one."""
    if name == "constant":
        return MeteredEmbedder(ConstantEmbedder())
    from wellread.adapters.embedded.onnx_embedder import load_embedder  # noqa: PLC0415

    return MeteredEmbedder(load_embedder(name))


class Laptop:
    """The laptop host without threads: the same handlers, queues and adapters, one step a time."""

    def __init__(
        self, folder: Path, embedder: Embedder, passage_index: MakeIndex | None = None
    ) -> None:
        self.services = embedded.EmbeddedServices(
            Settings(data=folder / "data", documents=folder / "documents")
        )
        adapters = self.services.adapters
        adapters.load_embedder = lambda _: embedder
        if passage_index is not None:
            adapters.index = passage_index(adapters.rules)
        self.documents = folder / "documents"
        self.documents.mkdir(exist_ok=True)
        log_to(folder / "data")
        self.host = LocalHost(self.services)
        bootstrap.install(self.services)

    def put(self, paths: Sequence[str]) -> None:
        """Copy files into the documents folder, as old as they are."""
        for path in paths:
            shutil.copy2(path, self.documents)

    def ingest(self) -> None:
        """Find what is in the folder and work until the queues are empty."""
        self.host.scan()
        while self.host.settling():
            self.host.scan()
        while any(map(self.host.deliver_next, ("chunk", "embed"))) or self._waits():
            pass

    def _waits(self) -> bool:
        """Wait a moment where a document is on the queue for later: its index lags."""
        if not self.services.documents.registered().waiting:
            return False
        time.sleep(0.02)
        return True


@contextmanager
def laptop(embedder: Embedder, passage_index: MakeIndex | None = None) -> Iterator[Laptop]:
    """A laptop on a temporary folder, its passages perhaps in an index elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="wellread-benchmark-"))
    try:
        made = Laptop(folder, embedder, passage_index)
        yield made
        bootstrap.install(None)
        made.services.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ingest(given: dict[str, Any]) -> dict[str, Any]:
    """Ingest groups of files through the handlers; processor seconds outside the embedder."""
    embedder = make_embedder(given["embedder"])
    embedder.embed_documents(["ready"])
    results: dict[str, Any] = {}
    with _index_at(given.get("opensearch")) as index, laptop(embedder, index) as made:
        made.put(given["warm_up"])
        made.ingest()
        for name, paths in given["groups"].items():
            made.put(paths)
            embedder.seconds = 0.0
            before = cpu_seconds()
            made.ingest()
            total = cpu_seconds() - before
            results[name] = {"cpu": total - embedder.seconds, "embedder": embedder.seconds}
        progress = made.services.documents.registered()
        listed = made.services.documents.list(Operator(), after="", limit=500).documents
        return {
            "groups": results,
            "failed": [item.document for item in listed if item.code is not None],
            "indexed": progress.indexed,
            "chunks": sum(item.chunks or 0 for item in listed),
            "peak": peak_bytes(),
        }


def _index_at(url: str | None) -> AbstractContextManager[MakeIndex | None]:
    if url is None:
        return nullcontext()
    from wellread.adapters.aws.opensearch_evaluation import index_at  # noqa: PLC0415

    return index_at(url, "lucene", "constant")


def stages(given: dict[str, Any]) -> dict[str, float]:
    """Where the time of `ingest` goes: parser (with its process), chunker, and all the rest."""
    meter = Meter()
    with SandboxedParser(ParseLimits()) as parser:
        parser.parse(Path(given["warm_up"][0]).name, Path(given["warm_up"][0]).read_bytes())
        parsed: list[ParsedText] = []
        files = [(Path(path).name, Path(path).read_bytes()) for path in given["paths"]]
        with meter("parse"):
            parsed = [parser.parse(*file) for file in files]
    with meter("chunk", time.process_time):
        for text in parsed:
            chunk(text, text.title or "Untitled")
    return meter.seconds


def pdf(given: dict[str, Any]) -> dict[str, float]:
    """Pages and processor seconds: as in production, and the reading alone in this process."""
    from wellread.adapters.parsing.dispatch import parse_document  # noqa: PLC0415

    meter = Meter()
    files = [(Path(path).name, Path(path).read_bytes()) for path in given["paths"]]
    parse_document(*files[0], ParseLimits())
    with SandboxedParser(ParseLimits()) as parser:
        parser.parse(*files[0])
        with meter("sandboxed"):
            for file in files:
                parser.parse(*file)
    with meter("in process", time.process_time):
        pages = sum(len(parse_document(*file, ParseLimits()).pages) for file in files)
    return {"pages": pages, **meter.seconds}


def chunker(given: dict[str, Any]) -> dict[str, float]:
    """Cut Markdown whose headings are known, and with the finding of headings."""
    from wellread.adapters.parsing.plain.front import parse_markdown  # noqa: PLC0415

    texts = [Path(path).read_text(encoding="utf-8") for path in given["paths"]]
    limits = ParseLimits()
    meter = Meter()
    parsed = [parse_markdown(text, limits) for text in texts]
    chunks = 0
    for _ in range(given["repeats"]):
        with meter("chunk", time.process_time):
            chunks = sum(len(chunk(text, "Manual")) for text in parsed)
        with meter("headings and chunk", time.process_time):
            for text in texts:
                chunk(parse_markdown(text, limits), "Manual")
    return {"chunks": chunks, **meter.seconds}


def freshness(given: dict[str, Any]) -> dict[str, float]:
    """Seconds on the clock from a file's arrival until a query finds it, on a running host."""
    folder = Path(tempfile.mkdtemp(prefix="wellread-benchmark-"))
    embedder = make_embedder(given["embedder"])
    services = embedded.EmbeddedServices(
        Settings(data=folder / "data", documents=folder / "documents")
    )
    services.adapters.load_embedder = lambda _: embedder
    host = LocalHost(services)
    host.start()
    seconds = {}
    try:
        time.sleep(given["settle"])
        for name, path in given["files"].items():
            started = time.monotonic()
            shutil.copyfile(path, folder / "documents" / Path(path).name)
            _wait_until_indexed(services, DocumentId(Path(path).name))
            seconds[name] = time.monotonic() - started
            time.sleep(given["settle"])
    finally:
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return seconds


def _wait_until_indexed(services: embedded.EmbeddedServices, document: DocumentId) -> None:
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        found = services.documents.list(Operator(), after="", limit=500).documents
        status = next((item.status for item in found if item.document == document), None)
        if status == "indexed":
            return
        if status == "failed":
            raise RuntimeError(f"{document} was not read")
        time.sleep(0.01)
    raise RuntimeError(f"{document} was not indexed within {_LONGEST_WAIT_SECONDS} seconds")


if __name__ == "__main__":
    serve(
        {
            "ingest": ingest,
            "stages": stages,
            "pdf": pdf,
            "chunker": chunker,
            "freshness": freshness,
        }
    )
