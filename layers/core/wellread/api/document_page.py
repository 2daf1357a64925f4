"""An opened document as a page of its own: what a browser shows for a citation's link.

The document is untrusted: every piece of it is escaped, and the page runs no script and loads
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from wellread.api.excerpts import Excerpt
from wellread.api.shapes import Problem, well_formed
from wellread.domain.text.harmless import harmless, visible, visible_name
from wellread.services.ingest.documents import OpenedDocument
from wellread.wire.document_links import link_to, newest_link, whole_link

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#56636f;--line:#dde2e6;--paper:#fff;
--ground:#f5f6f4;--mark:#ffe49a;--mark-ink:#2b2100;--accent:#0b6a5c;--warn:#8a4b00;
--warn-bg:#fff4e2}
@media (prefers-color-scheme:dark){
:root{--ink:#e6eaed;--soft:#a0abb5;--line:#313a42;--paper:#1a2026;
--ground:#12171b;--mark:#6b5310;--mark-ink:#fff3cf;--accent:#6fd0bd;--warn:#ffcb85;--warn-bg:#33260f}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.65 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:clamp(1rem,4vw,2.5rem)}
header p{margin:.25rem 0;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.3;margin:0 0 .5rem;overflow-wrap:anywhere}
a{color:var(--accent)}
a:focus-visible,pre:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
.note{background:var(--warn-bg);color:var(--warn);border-radius:.5rem;padding:.6rem .9rem;
margin:1rem 0}
pre{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;margin:1.25rem 0;
padding:clamp(1rem,4vw,2rem);white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}
mark{background:var(--mark);color:var(--mark-ink);border-radius:.2rem;padding:.1em .15em;
scroll-margin:35vh;box-decoration-break:clone;-webkit-box-decoration-break:clone}
.cut{color:var(--soft);text-align:center;margin:.5rem 0;font-size:.9rem}
"""


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a page leads to.

    Attributes:
        whole: All of the document's text.
        newest: The document's newest revision; None where that cannot be opened so.
    """

    whole: str
    newest: str | None

    @classmethod
    def of(cls, opened: OpenedDocument) -> PageLinks:
        """Those for who may open the document at its own address."""
        quote = opened.text[opened.start : opened.end] if opened.start is not None else None
        here = link_to(opened.document, opened.revision, quote, opened.start)
        return cls(whole_link(here), newest_link(opened.document))


def render(
    opened: OpenedDocument, excerpt: Excerpt, links: PageLinks, *, quote_wanted: bool
) -> str:
    """The page's HTML.

    Args:
        opened: The revision.
        excerpt: The part of it to show.
        links: Where the page leads to.
        quote_wanted: Whether a quote was asked for, so that a missing one is worth a word.
    """
    facts = [f"<code>{_shown(visible_name(opened.document))}</code>"]
    if opened.page is not None:
        facts.append(f"page {opened.page}")
    facts.append(f"revision {escape(opened.revision)}")
    return page(
        _shown(harmless(opened.title)),
        f"<p>{' · '.join(facts)}</p>{_source_link(opened.source_link)}",
        f"{_notes(opened, links, quote_wanted)}{_cut(opened, excerpt, links)}"
        f'<pre tabindex="0" aria-label="Text of the document">{_marked(excerpt)}</pre>'
        f"{_cut(opened, excerpt, links)}",
    )


def render_problem(problem: Problem) -> str:
    """What a browser shows where the document does not open."""
    return page(
        escape(problem.title),
        "",
        f'<p class="note" role="alert">{escape(well_formed(problem.detail))}</p>'
        f"<p>Correlation id: <code>{escape(problem.correlation_id)}</code></p>",
    )


def page(title: str, below_title: str, body: str) -> str:
    """A page of wellread's.

    Args:
        title: HTML, as all of these are.
        below_title: What stands in its head.
        body: The rest.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} · wellread</title><style>{_STYLE}</style></head><body><main>"
        f"<header><h1>{title}</h1>{below_title}</header>{body}</main></body></html>"
    )


def _shown(text: str) -> str:
    """Plain text as HTML, without characters that hide or turn others."""
    return escape(well_formed(visible(text)))


def _marked(excerpt: Excerpt) -> str:
    before, marked, after = (
        _shown(part) for part in (excerpt.before, excerpt.marked, excerpt.after)
    )
    # A parser drops a line break right after <pre>, so give it one to drop.
    middle = f'<mark id="quote">{marked}</mark>' if marked else ""
    return f"\n{before}{middle}{after}"


def _notes(opened: OpenedDocument, links: PageLinks, quote_wanted: bool) -> str:
    notes = []
    if not opened.newest:
        changed = "This document has changed since: you see the revision that was cited."
        if links.newest is not None:
            changed += f' <a href="{escape(links.newest)}">Open the newest one</a>'
        notes.append(changed)
    if quote_wanted and opened.start is None:
        notes.append("The quoted words were not found in this revision.")
    return "".join(f'<p class="note" role="note">{note}</p>' for note in notes)


def _cut(opened: OpenedDocument, excerpt: Excerpt, links: PageLinks) -> str:
    if excerpt.whole:
        return ""
    return (
        f'<p class="cut">A part of {len(opened.text):,} characters · '
        f'<a href="{escape(links.whole)}">Show the whole document</a></p>'
    )


def _source_link(link: str | None) -> str:
    if link is None or not link.lower().startswith(("https://", "http://")):
        return ""
    return (
        f'<p><a href="{escape(link)}" rel="noopener noreferrer nofollow">Open the original</a></p>'
    )
