"""Every reason why a file cannot be read reaches its receipt, with a cause and a fix."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.doubles import KeptReceipts
from tests.laptop import Laptop
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import FAILURE_WORDS, FailureCode, SupersededError


@pytest.fixture
def receipts() -> KeptReceipts:
    return KeptReceipts()


@pytest.fixture
def laptop(tmp_path: Path, receipts: KeptReceipts) -> Iterator[Laptop]:
    machine = Laptop(tmp_path / "data", receipts=receipts, max_document_bytes=2_000_000)
    yield machine
    machine.close()


def scanned_pdf() -> bytes:
    from reportlab.pdfgen import canvas

    page = io.BytesIO()
    drawing = canvas.Canvas(page)
    drawing.rect(50, 50, 300, 300, fill=1)
    drawing.showPage()
    drawing.save()
    return page.getvalue()


def encrypted_pdf() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen import canvas

    page = io.BytesIO()
    drawing = canvas.Canvas(page, encrypt=StandardEncryption("secret", ownerPassword="owner"))
    drawing.drawString(72, 720, "Nobody may read this.")
    drawing.save()
    return page.getvalue()


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as part:
            for _ in range(400):
                part.write(bytes(1_000_000))
    return packed.getvalue()


FILES: dict[FailureCode, tuple[str, Callable[[], bytes]]] = {
    FailureCode.ENCRYPTED: ("locked.pdf", encrypted_pdf),
    FailureCode.DAMAGED: ("broken.pdf", lambda: b"%PDF-1.7\nnothing more"),
    FailureCode.EMPTY: ("empty.txt", lambda: b""),
    FailureCode.NO_TEXT: ("scan.pdf", scanned_pdf),
    FailureCode.TOO_LARGE: ("large.txt", lambda: b"word " * 500_000),
    FailureCode.TOO_COMPLEX: ("bomb.docx", zip_bomb),
    FailureCode.UNSUPPORTED: ("picture.png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(200)),
    FailureCode.ENCODING: ("what.txt", lambda: bytes(range(128, 256)) * 3),
}


@pytest.mark.parametrize("code", FILES, ids=str)
def test_a_file_that_cannot_be_read_gets_a_receipt_that_says_why(
    laptop: Laptop, receipts: KeptReceipts, code: FailureCode
) -> None:
    name, content = FILES[code]
    laptop.drop(name, content())

    receipt = receipts.of(name)
    assert receipt["status"] == "failed"
    assert receipt["code"] == code.value
    assert receipt["reason"]
    assert receipt["fix"]
    assert receipt["retry"]


def test_reading_too_slowly_gets_a_receipt(tmp_path: Path, receipts: KeptReceipts) -> None:
    laptop = Laptop(tmp_path / "data", receipts=receipts, parse_seconds=0.001)
    laptop.drop("slow.md", "# Leave\n\nThirty days.\n" * 20_000)
    laptop.close()

    assert receipts.of("slow.md")["code"] == "too_slow"


def test_a_file_that_never_rests_gets_a_receipt(
    laptop: Laptop, receipts: KeptReceipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keeps_growing(*_: object) -> bytes:
        raise SupersededError("it grew")

    laptop.retry_at_once()
    monkeypatch.setattr(laptop.services.adapters.store, "read", keeps_growing)
    laptop.drop("log.txt", "a line\n")

    assert receipts.told[-1].code == "unreadable"
    assert "keeps changing" in (receipts.told[-1].reason or "")


def test_a_bug_gets_a_receipt_that_hides_its_inside(
    laptop: Laptop, receipts: KeptReceipts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("a bug with words of the document")

    laptop.retry_at_once()
    monkeypatch.setattr(laptop.services.adapters.file_parser, "parse", explode)
    laptop.drop("a.md", "# Leave\n\nThirty days.\n")

    receipt = receipts.of("a.md")
    assert receipt["code"] == "internal"
    assert "a bug" not in json.dumps(receipt)


def test_every_code_of_the_contract_has_its_test_here() -> None:
    tested = {*FILES, FailureCode.TOO_SLOW, FailureCode.UNREADABLE, FailureCode.INTERNAL}

    assert tested == set(FailureCode) == set(FAILURE_WORDS)


@pytest.mark.shared
def test_every_failure_of_the_development_files_gets_its_receipt(
    tmp_path: Path, receipts: KeptReceipts, shared: Callable[[str], Path]
) -> None:
    folder = shared("data/files")
    lines = [
        json.loads(line)
        for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    # What merely costs much to read is the business of `check-files`.
    failing = [line for line in lines if line["expect"] in ("error", "no_text")]
    laptop = Laptop(tmp_path / "data", receipts=receipts)
    for line in failing:
        laptop.write(line["file"], (folder / "files" / line["file"]).read_bytes())
    laptop.work()
    laptop.close()

    assert failing
    for line in failing:
        receipt = receipts.of(line["file"])
        assert receipt["status"] == DocumentStatus.FAILED.value
        assert receipt["code"] in {code.value for code in FailureCode} - {"internal"}
        assert (receipt["code"] == "no_text") == (line["expect"] == "no_text")
        assert receipt["reason"]
        assert receipt["fix"]
        assert receipt["revision"]
