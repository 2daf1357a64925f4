"""No file says so often what it holds once that its text is out of proportion to it."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile

import pytest

from tests.hostile import office, pdfs
from tests.hostile.attack import Attack
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_REPEATED = 'table:number-{}-repeated="{}"'


def sheet(columns: int, rows: int, words: int, times: int = 1) -> Attack:
    cell = f"<table:table-cell {_REPEATED.format('columns', columns)}><text:p>{'a' * words}"
    row = f"<table:table-row {_REPEATED.format('rows', rows)}>{cell}</text:p></table:table-cell>"
    return office.ods(1, lambda _: f"{row}</table:table-row>" * times)


def strings(cells: int, words: int) -> Attack:
    row = "<row>" + '<c t="s"><v>0</v></c>' * cells + "</row>"
    return office.xlsx(
        1, lambda _: row, sharedStrings=lambda _: f"<sst><si><t>{'a' * words}</t></si></sst>"
    )


@pytest.mark.parametrize(
    "attack",
    [
        sheet(1000, 200, 120),
        sheet(1000, 1000, 1000),
        sheet(1, 1000, 20_000, times=50),
        strings(20_000, 20_000),
        strings(500, 100_000),
    ],
)
def test_what_a_few_bytes_say_over_and_over_is_refused(attack: Attack) -> None:
    data = attack.make(1)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    start = time.process_time()
    length = 0
    with contextlib.suppress(DocumentError):
        length = len(parse_document(attack.name, data, ParseLimits()).text)

    assert length <= max(1_000_000, 50 * unpacked)
    assert time.process_time() - start < 5


def test_cells_are_repeated_up_to_a_limit_for_the_whole_file() -> None:
    once, often = (
        parse_document("a.ods", sheet(1000, 1, 1, times).make(1), ParseLimits()).text.count("a")
        for times in (1, 3_000)
    )

    assert once == 1000
    assert often < 3_000 * 1000 / 10


def test_a_page_of_more_pieces_of_text_than_people_write_is_refused_before_it_is_read() -> None:
    def page(count: int) -> bytes:
        places = ((10 + 9 * (i % 60), 780 - 0.05 * (i // 60)) for i in range(count))
        return pdfs.pages(["".join(f"BT /F 9 Tf {x} {y:.2f} Td (a) Tj ET\n" for x, y in places)])

    start = time.process_time()
    with pytest.raises(DocumentError) as caught:
        parse_document("a.pdf", page(60_000), ParseLimits())

    assert caught.value.code is FailureCode.TOO_COMPLEX
    assert time.process_time() - start < 3
    assert "a" in parse_document("a.pdf", page(2_000), ParseLimits()).text
