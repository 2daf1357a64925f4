"""The sample documents, and the script that writes the binary ones."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("reportlab")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "examples" / "make_sample_documents.py"
    spec = importlib.util.spec_from_file_location("make_sample_documents", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_documents_are_what_the_script_writes(
    script: ModuleType, repository: Path
) -> None:
    for name, data in script.sample_documents().items():
        committed = (repository / "examples/sample-documents" / name).read_bytes()
        assert contents(committed) == contents(data), f"{name}: run `make samples`"


def test_the_audience_example_has_a_document_for_each_way_to_decide(repository: Path) -> None:
    from wellread.adapters.embedded.rules_file import RulesFile
    from wellread.domain.access.sidecars import parse_sidecar
    from wellread.domain.knowledge.documents import DocumentId

    folder = repository / "examples/audiences"
    rules = RulesFile(folder / "access.json").load()
    readers = {}
    for path in sorted((folder / "documents").rglob("*.md")):
        document = DocumentId(path.relative_to(folder / "documents").as_posix())
        beside = path.with_name(path.name + ".metadata.json")
        sidecar = parse_sidecar(beside.read_bytes()) if beside.exists() else None
        readers[document] = rules.audiences(document, sidecar)
    assert readers == {
        "canteen.md": {"everyone"},
        "hr/pay-bands.md": {"hr"},
        "board/building-plans.md": {"board"},
        "board/draft-minutes.md": set(),
    }


def contents(data: bytes) -> object:
    """What a file holds, however well it was compressed."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
