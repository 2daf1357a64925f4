"""Hostile PDF files."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.attack import Attack

_BOX = "/MediaBox [0 0 612 792]"


def written(objects: list[str]) -> bytes:
    """A PDF of these objects, the first of which is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
    out += f"trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def _stream(content: str, more: str = "") -> str:
    return f"<</Length {len(content)}{more}>>\nstream\n{content}\nendstream"


def pages(
    contents: list[str], catalogue: str = "", page: str = "", more: tuple[str, ...] = ()
) -> bytes:
    """A PDF of these pages; objects of `more` have the numbers after 4 and two a page."""
    count = len(contents)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalogue}>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]/Resources<</Font<</F 3 0 R>>>>{_BOX}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for i, content in enumerate(contents):
        objects.append(f"<</Type/Page/Parent 2 0 R/Contents {5 + 2 * i} 0 R{page}>>")
        objects.append(_stream(content))
    return written([*objects, *more])


def _page(size: int, draw: Callable[[int], str]) -> Attack:
    return Attack("a.pdf", size, lambda n: pages([draw(n)]))


def _words(x: float, y: float, words: str, size: float = 10) -> str:
    return f"BT /F {size} Tf {x:.3f} {y:.3f} Td ({words}) Tj ET\n"


def _lines(
    n: int, words: Callable[[int], str], x: float = 72, step: float = 12, size: float = 10
) -> str:
    return "".join(_words(x, 780 - step * i, words(i), size) for i in range(n))


def _outline(n: int) -> bytes:
    """A page of lines, and an outline that names none of them."""
    first = 6
    marks = tuple(
        f"<</Title (Chapter nobody has {i})/Parent 6 0 R/Dest[4 0 R/Fit]"
        f"/Next {first + i + 2} 0 R>>" for i in range(n)
    )  # fmt: skip
    return pages(
        [_lines(n, lambda i: f"Chapter nobody has not {i}")],
        catalogue="/Outlines 6 0 R",
        more=(f"<</Type/Outlines/First 7 0 R/Last {first + n} 0 R/Count {n}>>", *marks),
    )


def _notes(n: int) -> bytes:
    """A page of lines with a mark on it that says many things."""
    look = _stream(
        "".join(_words(10 + 37 * (i % 13), 700 - 13 * (i // 13), f"v{i}") for i in range(n)),
        "/Type/XObject/Subtype/Form/BBox[0 -90000 612 792]/Resources<</Font<</F 3 0 R>>>>",
    )
    mark = "<</Type/Annot/Subtype/FreeText/Rect[0 -90000 612 792]/F 4/AP<</N 7 0 R>>>>"
    return pages([_lines(n, lambda i: f"Line {i}:")], page="/Annots[6 0 R]", more=(mark, look))


def _ticks(n: int) -> bytes:
    marks = tuple(
        f"<</Type/Annot/Subtype/Widget/FT/Btn/AS/On/Rect[72 {780 - 12 * i} 80 {788 - 12 * i}]/F 4/AP<</N<</On {6 + n} 0 R>>>>>>"
        for i in range(n)
    )
    kids = " ".join(f"{6 + i} 0 R" for i in range(n))
    look = _stream("0 0 5 5 re f", "/Type/XObject/Subtype/Form/BBox[0 0 8 8]")
    return pages(
        [_lines(n, lambda i: f"Choice {i}", x=90)], page=f"/Annots[{kids}]", more=(*marks, look)
    )


def _grid(columns: int, rows: int, width: float = 40, height: float = 14) -> str:
    across = "".join(
        f"72 {700 - height * r} m {72 + width * columns} {700 - height * r} l S\n"
        for r in range(rows + 1)
    )
    down = "".join(
        f"{72 + width * c} {700 - height * rows} m {72 + width * c} 700 l S\n"
        for c in range(columns + 1)
    )
    return across + down


_SENTENCE = "This is a line of running text that says something"

ATTACKS = {
    "pdf: lines": _page(200, lambda n: _lines(n, lambda i: f"{_SENTENCE} {i}.")),
    "pdf: the same line": _page(200, lambda n: _lines(n, lambda i: _SENTENCE)),
    "pdf: one long line": _page(20_000, lambda n: _words(72, 700, "a" * n)),
    "pdf: words in a line": _page(2_000, lambda n: "".join(_words(10 + 9 * i, 700, "a") for i in range(n))),
    "pdf: hyphens": _page(600, lambda n: _lines(n, lambda i: "some words that are hy-")),
    "pdf: soft hyphens": _page(10_000, lambda n: _lines(20, lambda i: "a" * (n // 20) + "-") ),
    "pdf: pages": Attack("a.pdf", 20, lambda n: pages([_lines(5, lambda i: f"{_SENTENCE} {i}.")] * n)),
    "pdf: running lines": Attack("a.pdf", 30, lambda n: pages(
        [_lines(n, lambda i: f"word {chr(97 + i % 26)}")] + ["".join(_words(72, y, f"Head {chr(97 + p // 3 % 26)}{chr(97 + p // 78)}{y}") for y in (780, 766, 60, 40)) for p in range(n)])),
    "pdf: an outline": Attack("a.pdf", 100, _outline),
    "pdf: a mark of many words": Attack("a.pdf", 30, _notes),
    "pdf: ticks": Attack("a.pdf", 30, _ticks),
    "pdf: columns": _page(50, lambda n: "".join(_words(x, 780 - 12 * i, f"{w} {i}") for i in range(n) for x, w in ((72, "Name"), (200, "1"), (300, "2")))),
    "pdf: rows that go on": _page(200, lambda n: "".join(_words(72, 780 - 12 * i, "Name") + _words(200, 780 - 12 * i, "1") for i in range(3)) + "".join(_words(200, 744 - 11 * i, f"{_SENTENCE}") for i in range(n))),
    "pdf: wide rows": _page(20, lambda n: "".join(_words(10 + 30 * c, 780 - 12 * i, "ab") for i in range(20) for c in range(n))),
    "pdf: one row of pieces": _page(2_000, lambda n: "".join(_words(10 + 30 * c, 700 + 0.001 * c, "ab") for c in range(n))),
    "pdf: text in columns": _page(50, lambda n: "".join(_words(x, 780 - 12 * i, "some words of a column here") for i in range(n) for x in (72, 330))),
    "pdf: text in many columns": _page(8, lambda n: "".join(_words(10 + 60 * c, 780 - 12 * i, "ab cd ef") for i in range(30) for c in range(n))),
    "pdf: a ruled table": _page(60, lambda n: _grid(10, n) + "".join(_words(74 + 40 * c, 689 - 14 * r, f"{c}.{r}") for r in range(n) for c in range(10))),
    "pdf: ruled cells cut through words": _page(200, lambda n: _grid(40, 45, 12, 14) + "".join(_words(60, 689 - 14 * (r % 45), _SENTENCE) for r in range(n))),
    "pdf: paths": _page(700, lambda n: "".join(f"72 {i} m 300 {i} l S\n" for i in range(n)) + _lines(3, lambda i: "word")),
    "pdf: rectangles": _page(500, lambda n: "".join(f"72 {30 * i} 100 10 re S\n" for i in range(n)) + _lines(3, lambda i: "word")),
    "pdf: headings": _page(200, lambda n: "".join(_words(72, 780 - 30 * i, f"Head {i}", 18 + i % 6) + _words(72, 766 - 30 * i, _SENTENCE) for i in range(n))),
    "pdf: bold lines": _page(200, lambda n: _lines(n, lambda i: "A" + "." * 60)),
    "pdf: superscripts": _page(700, lambda n: "".join(_words(10 + 9 * i, 700 + 4 * (i % 2), "1", 10 - 3 * (i % 2)) for i in range(n))),
    "pdf: characters left out": _page(200, lambda n: _lines(n, lambda i: "a\\000b\\001c")),
    "pdf: unmapped characters": _page(300, lambda n: _lines(n, lambda i: "\\200\\201\\202 a")),
    "pdf: nested arrays": Attack("a.pdf", 30_000, lambda n: written(["<</Type/Catalog/Pages 2 0 R>>", "[" * n])),
    "pdf: operators": _page(20_000, lambda n: "q Q\n" * n + _words(72, 700, "words that say something here")),
    "pdf: saved states": _page(20_000, lambda n: "q\n" * n + _words(72, 700, "words that say something here")),
    "pdf: one content on all pages": Attack("a.pdf", 5, lambda n: written([
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {n}/Kids[{' '.join(f'{5 + i} 0 R' for i in range(n))}]/Resources<</Font<</F 3 0 R>>>>{_BOX}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        _stream(_lines(60, lambda i: _SENTENCE)),
        *["<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"] * n])),
}  # fmt: skip
