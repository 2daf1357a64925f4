"""Hostile pages, books and mails."""

from __future__ import annotations

import base64
from collections.abc import Callable

from tests.hostile.attack import Attack, text
from tests.hostile.packed import packed

_PROSE = "<p>" + "Some words of a page that say something. " * 20


def _page(size: int, make: Callable[[int], str]) -> Attack:
    return text("a.html", size, lambda n: f"<!doctype html><title>t</title><body>{make(n)}")


def _nested(size: int, start: str, middle: str, end: str = "") -> Attack:
    return _page(size, lambda n: start * n + middle + end * n)


def _mail(size: int, make: Callable[[int], str]) -> Attack:
    return text(
        "a.eml", size, lambda n: f"From: a@b.org\nMessage-ID: <1>\nMIME-Version: 1.0\n{make(n)}"
    )


def _parts(size: int, part: str, kind: str = "mixed", tail: str = "") -> Attack:
    head = f"Subject: s\nContent-Type: multipart/{kind}; boundary=x\n\n"
    return _mail(size, lambda n: head + f"--x\n{part}\n" * n + f"{tail}--x--\n")


def _nested_parts(n: int, lines: int) -> str:
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(n))
    return f"Subject: s\n{opened}Content-Type: text/plain\n\n" + "a\n" * lines


def _book(chapters: dict[str, str], spine: list[str]) -> bytes:
    items = "".join(
        f'<item id="i{name}" href="{name}" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    refs = "".join(f'<itemref idref="i{name}"/>' for name in spine)
    return packed({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfile full-path="p.opf"/></container>',
        "p.opf": f"<package><title>t</title><manifest>{items}</manifest><spine>{refs}</spine></package>",
        **chapters,
    })  # fmt: skip


def _many(n: int) -> bytes:
    names = {f"c{i}.xhtml": f"<p>Words {i}" for i in range(n)}
    return _book(names, list(names))


def _again(n: int) -> bytes:
    return _book({"c": "<p>a" + "<script>b</script>" * n}, ["c"] * n)


ATTACKS = {
    "html: nested": _nested(800, "<div>", "a" * 3000),
    "html: nested with a comment": _nested(40_000, "<div><!--</div>-->", "a"),
    "html: nested with another's end": _nested(40_000, "<div></x>", "a"),
    "html: nested in an attribute": _nested(40_000, "<div a='</div>'>", "a"),
    "html: nested lists": _nested(400, "<ul><li>a", ""),
    "html: items of a deep list": _page(400, lambda n: "<ul>" * n + "<li>a" * n),
    "html: nested tables": _nested(200, "<table><tr><td>a", ""),
    "html: nested formats": _page(1_500, lambda n: "".join(f"<b id={i}>" for i in range(n)) + "a"),
    "html: formats over paragraphs": _page(600, lambda n: "".join(f"<p><b id={i}>a" for i in range(n))),
    "html: nested links": _nested(1_000, "<a href=b>a", ""),
    "html: nested raised words": _nested(1_500, "<sup>", "1" * 10000),
    "html: empty raised words": _page(1_000, lambda n: "<p>1" + "<sup></sup>" * n),
    "html: nested spans apart": _nested(500, "<span style='top:-1px'>", "1" * 10000),
    "html: paths in drawings": _nested(20_000, "<svg><path>", "a"),
    "html: paths in a drawing": _page(4_000, lambda n: "<svg>" + "<path>" * n),
    "html: cells in a formula": _page(1_000, lambda n: "<math>" + "<td>" * n),
    "html: nested noise": _nested(1_500, "<nav>", "a" * 10000),
    "html: noise": _page(1_000, lambda n: "a<nav>b</nav>" * n),
    "html: headers and titles": _page(200, lambda n: "<header><h1>a</h1></header>" * n + "<h1>b</h1>" * n),
    "html: nested headers": _nested(700, "<header>", "a" * 10000),
    "html: asides": _page(1_000, lambda n: "<aside>a</aside>" * n + "b"),
    "html: nested asides": _nested(190, "<div class=menu>", "a" * 30000),
    "html: nested asides of many": _nested(600, "<div class=menu>", "a" * 3000),
    "html: links": _page(100, lambda n: _PROSE * n + "<ul>" + "<li><a href=x>y</a>" * n + "</ul>"),
    "html: links in the deep": _page(100, lambda n: _PROSE * n + "<div>" * n + "<a href=x>y</a>" * n),
    "html: links all the way down": _page(90, lambda n: _PROSE * n + "<div><a href=x>link words</a>" * n),
    "html: links beside paragraphs": _page(70, lambda n: _PROSE * n + "<div>" + "<div><a href=x>y</a><a href=x>y</a><a href=x>y</a><a href=x>y</a></div>" * n),
    "html: mains": _page(1_000, lambda n: "<main>a</main>" * n),
    "html: nested articles": _nested(1_000, "<article>", "a" * 3000),
    "html: rows": _page(200, lambda n: "<table>" + "<tr><td>a<td>b" * n),
    "html: one wide row": _page(400, lambda n: "<table><tr><td>a<tr>" + "<td>b" * n),
    "html: a wide row above narrow ones": _page(200, lambda n: "<table><tr>" + "<td>b" * n + "<tr><td>1" * n),
    "html: wide cells": _page(200, lambda n: "<table>" + "<tr><td colspan=100>b<td>a" * n),
    "html: cells that reach down": _page(300, lambda n: "<table><tr>" + "<td rowspan=100>b" * n + "<tr><td>1"),
    "html: cells that always reach down": _page(60, lambda n: "<table>" + "<tr><td rowspan=100>b<td>a" * n),
    "html: captions": _page(200, lambda n: "<table>" + "<tr><td colspan=2>a" * n + "<tr><td>a<td>b"),
    "html: percent signs": _page(400, lambda n: "<table><tr><td>1" + "<td>%" * n + "<tr><td>a<td>b"),
    "html: overlapping spans": _page(200, lambda n: "<table><tr>" + "<td colspan=2>a" * n + "<tr><td>a" + "<td colspan=2>a" * n),
    "html: figures": _page(30_000, lambda n: "<table><tr><td>a<td>b<tr><td>1" + " 1" * n + "x<td>c"),
    "html: looks": _page(100, lambda n: "".join(f"<span style='font-size:{i}px'>a" for i in range(n % 1900)) + "<p><b>Head</b><p>word" * n),
    "html: styles": _page(10_000, lambda n: f"<p style='{'text-decoration:' * n}'>a"),
    "html: styles of spaces": _page(100_000, lambda n: f"<p style='font-weight:{' ' * n}'>a"),
    "html: paragraph marks": _page(10_000, lambda n: "<h1>a" + "\u00b6" * n + "a</h1>"),
    "html: hashes": _page(20_000, lambda n: "<h1>a" + " #" * n + "a</h1>"),
    "html: terms": _page(400, lambda n: "<dl>" + "<dt>a<dd>b" * n),
    "html: breaks": _page(1_000, lambda n: "a<br>" * n),
    "html: pages that tear": _page(200, lambda n: "".join(f"<p>and {'so on ' * 30}<p style='page-break-before:always'>{i}" for i in range(n))),
    "html: attributes": _page(20_000, lambda n: "<p " + " ".join(f"a{i}=b" for i in range(n)) + ">a"),
    "html: open tags": _page(20_000, lambda n: "<a " * n),
    "html: entities": _page(100_000, lambda n: "&amp" * n),
    "html: ends": _page(1_000, lambda n: "</div></p>" * n),
    "html: less-than": _page(60_000, lambda n: "<" * n),
    "html: frames": text("a.html", 30_000, lambda n: "<html><frameset>" + "<frame" * n),
    "html: encodings": text("a.html", 400_000, lambda n: "<html><meta charset=" + " " * n),
    "html: metas": text("a.html", 10_000, lambda n: "<html>" + "<meta " * n),
    "html: a title": text("a.html", 300_000, lambda n: "<html><title>scan" + "_" * n + "!</title>a"),
    "html: a title of digits": text("a.html", 300_000, lambda n: "<html><title>a" + "1" * n + "!</title>a"),
    "html: a heading of sections": _page(100, lambda n: ("<h1>" + "a " * n + "</h1>") + "<h2>b</h2><p>c" * n),
    "html: images": _page(1_000, lambda n: "<img alt='a b c d'>" * n),
    "html: units": _page(40, lambda n: ("<p>" + "(" * 500 + "<table><tr><td><td>1<tr><td>a<td>2</table>") * n),
    "epub: chapters": Attack("a.epub", 40, _many),
    "epub: a chapter again and again": Attack("a.epub", 300, _again),
    "epub: document types": Attack("a.epub", 100_000, lambda n: packed({"mimetype": "application/epub+zip", "META-INF/container.xml": "<!DOCTYPE" * n})),
    "mail: headers": _mail(2_000, lambda n: "a: b\n" * n + "\nbody"),
    "mail: folded header": _mail(4_000, lambda n: "Subject: a\n" + " a\n" * n + "\nbody"),
    "mail: receivers": _mail(200, lambda n: "Subject: s\nTo: " + "a <a@b.org>, " * n + "\n\nbody"),
    "mail: commas": _mail(200, lambda n: "Subject: s\nTo: " + "," * n + "\n\nbody"),
    "mail: a long name": _mail(100, lambda n: "Subject: s\nTo: " + "a " * n + "<a@b>\n\nbody"),
    "mail: brackets in names": _mail(200, lambda n: "Subject: s\nTo: " + "(" * n + "\n\nbody"),
    "mail: quotes in names": _mail(20_000, lambda n: 'Subject: s\nTo: "' + '\\"' * n + "\n\nbody"),
    "mail: encoded words": _mail(3_000, lambda n: "Subject: " + "=?utf-8?q?a?= " * n + "\n\nbody"),
    "mail: encoded words that never end": _mail(10_000, lambda n: "Subject: " + "=?utf-8?q?" * n + "\n\nbody"),
    "mail: question marks": _mail(20_000, lambda n: "Subject: " + "=?" * n + "\n\nbody"),
    "mail: parameters": _mail(20, lambda n: "Subject: s\nContent-Type: text/plain" + "".join(f"; a{i}=b" for i in range(n)) + "\n\nbody"),
    "mail: continued parameters": _mail(2_000, lambda n: "Subject: s\nContent-Disposition: attachment" + "".join(f"; filename*{i}=b" for i in range(n)) + "\n\nbody"),
    "mail: semicolons": _mail(100, lambda n: "Subject: s\nContent-Type: text/plain" + ";" * n + "\n\nbody"),
    "mail: dates": _mail(20_000, lambda n: "Subject: s\nDate: " + "1 " * n + "\n\nbody"),
    "mail: parts": _parts(10, "Content-Type: text/plain\n\na"),
    "mail: parts that are too many": _parts(10, "Content-Type: text/plain\n\na"),
    "mail: alternatives": _parts(20, "Content-Type: text/plain\n\na", "alternative"),
    "mail: nested parts": _mail(20, lambda n: _nested_parts(n, 1000 * n)),
    "mail: nested parts of many": _mail(100, lambda n: _nested_parts(n, 100 * n)),
    "mail: styles": _parts(1, "Content-Type: text/plain\n\na", "alternative"),
    "mail: quotes": _mail(5_000, lambda n: "Subject: s\n\n" + "> a\nb\n" * n),
    "mail: introductions": _mail(2_000, lambda n: "Subject: s\n\n" + "x wrote:\n> a\n" * n),
    "mail: armour": _mail(3_000, lambda n: "Subject: s\n\n" + "-----BEGIN PGP MESSAGE-----\n" * n),
    "mail: lines": _mail(6_000, lambda n: "Subject: s\n\n" + "a\n" * n),
    "mail: a long line": _mail(200_000, lambda n: "Subject: s\n\n" + "a" * n),
    "mail: quoted-printable": _mail(20_000, lambda n: "Subject: s\nContent-Transfer-Encoding: quoted-printable\n\n" + "=41=\n" * n),
    "mail: base64": _mail(60_000, lambda n: "Subject: s\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"abc" * n).decode()),
    "mail: attached messages": _parts(20, "Content-Type: message/rfc822\n\nSubject: s\n\na"),
    "mail: attached messages with long headers": _parts(5, "Content-Type: message/rfc822\n\nSubject: s\nTo: " + "a b <a@b.org>, " * 300 + "\n\na"),
    "mail: attached pages": _parts(10, "Content-Type: text/html\nContent-Disposition: attachment; filename=a.html\n\n<p>a<p>b"),
    "mail: unknown attachments": _parts(5, "Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment; filename=a.txt\nContent-Transfer-Encoding: base64\n\n/+/u7d3My7uqqpmIh4eGhYSDgv/v7u3dzMu7qqqZiIeHhoWEg4I="),
}  # fmt: skip

for _name, _start in (("styles", "<style "), ("less-than", "<"), ("entities", "&a")):
    ATTACKS[f"mail: stub with {_name}"] = _mail(
        20_000,
        lambda n, start=_start: (  # type: ignore[misc]
            "Subject: s\nContent-Type: multipart/alternative; boundary=x\n\n"
            "--x\nContent-Type: text/plain\n\na\n--x\nContent-Type: text/html\n\n"
            f"{start * n}\n--x--\n"
        ),
    )
