"""Datasets as they are kept: rows, questions and a manifest each."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.tune.manifests import (
    HELD_OUT,
    MANIFEST,
    TRAIN,
    VALIDATION,
    Manifest,
    manifest_from,
)
from wellread.ports.operations import ReportStore

_ALL = "datasets"
"""Where the names of all datasets are kept: a store lists the pieces of a run, not the runs."""

_ERASED = "erased"


class StoredDatasets:
    """Keeps datasets by name. What one says of deleted documents goes when they do."""

    def __init__(self, store: ReportStore) -> None:
        """Keep them in this store."""
        self._store = store

    def put(self, manifest: Manifest, files: Mapping[str, str]) -> str:
        """Keep a dataset: its files, then what names them. Returns where, for a person."""
        for name, text in files.items():
            self._store.put(manifest.dataset, name, text)
        self._store.put(_ALL, manifest.dataset, "")
        return self._put_manifest(manifest)

    def get(self, dataset: str) -> Manifest:
        """What a dataset is made of.

        Raises:
            NotFoundError: There is none of that name.
        """
        text = self._store.get(dataset, MANIFEST)
        if text is None:
            raise NotFoundError(
                f"There is no dataset {dataset!r}. `wellread dataset show` lists all of them."
            )
        return manifest_from(json.loads(text))

    def list(self) -> Sequence[Manifest]:
        """All datasets, oldest first."""
        found = [self._store.get(name, MANIFEST) for name in self._store.names(_ALL)]
        manifests = [manifest_from(json.loads(text)) for text in found if text is not None]
        return sorted(manifests, key=lambda each: (each.created_at, each.dataset))

    def lines(self, dataset: str, name: str) -> Iterator[str]:
        """The lines of one of a dataset's files; none where it has no such file."""
        text = self._store.get(dataset, name) or ""
        return (line for line in text.split("\n") if line)

    def put_into(self, dataset: str, folder: Path) -> None:
        """Write a dataset's files into a folder, as training reads them.

        Raises:
            NotFoundError: There is no dataset of that name.
        """
        self.get(dataset)
        folder.mkdir(parents=True, exist_ok=True)
        for name in self._store.names(dataset):
            text = self._store.get(dataset, name) or ""
            (folder / name).write_bytes(text.encode("utf-8", "backslashreplace"))

    def with_document(self, document: DocumentId) -> Sequence[Manifest]:
        """The datasets with a row that a document's words are in, or were."""
        return [each for each in self.list() if document in {*each.documents, *each.erased}]

    def erase(self, document: DocumentId) -> None:
        """Take a document's rows and questions out of every dataset; their names stay.

        What was trained on them is not undone by that.
        """
        for manifest in self.list():
            if document in manifest.documents or document in manifest.held_out:
                self._erase(document, manifest)

    def _erase(self, document: DocumentId, manifest: Manifest) -> None:
        counts = Counter(manifest.counts)
        files = dict(manifest.files)
        for name in (TRAIN, VALIDATION, HELD_OUT):
            lines = list(self.lines(manifest.dataset, name))
            kept = [line for line in lines if not _is_of(document, json.loads(line))]
            if len(kept) == len(lines):
                continue
            counts[_ERASED] += len(lines) - len(kept)
            text = "".join(f"{line}\n" for line in kept)
            self._store.put(manifest.dataset, name, text)
            files[name] = sha256_of(text)
        left = {name: of for name, of in manifest.documents.items() if name != document}
        erased = manifest.erased | ({document} & manifest.documents.keys())
        self._put_manifest(
            replace(manifest, documents=left, counts=dict(counts), files=files, erased=erased)
        )

    def _put_manifest(self, manifest: Manifest) -> str:
        text = json.dumps(manifest.as_json(), indent=2) + "\n"
        return self._store.put(manifest.dataset, MANIFEST, text)


def sha256_of(text: str) -> str:
    """Of a file's content, as its manifest names it."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _is_of(document: DocumentId, line: Mapping[str, object]) -> bool:
    """Whether a row or question has words of a document."""
    names: set[object] = {line.get("document")}
    for key in ("sources", "gold", "related"):
        value = line.get(key)
        names |= set(value) if isinstance(value, (list, dict)) else set()
    return document in names
