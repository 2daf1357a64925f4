"""The page itself: its parts, its looks, and how it is mounted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

from fastapi import FastAPI
from nicegui import ui

from wellread.bootstrap import Services
from wellread.domain.ask.questions import Asker, Mode
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.page.comparison import Comparison
from wellread.local.page.conversation import Conversation
from wellread.local.page.desk import Desk, button, element, text
from wellread.local.page.inbox import Inbox
from wellread.local.page.knowledge import Knowledge
from wellread.local.page.rendering import words
from wellread.local.page.sources import SourcePanel

_STYLE = Path(__file__).with_name("page.css")
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#0b6a5c"/>'
    '<path d="M7 10c3-1.6 6-1.6 9 0 3-1.6 6-1.6 9 0v13c-3-1.6-6-1.6-9 0-3-1.6-6-1.6-9 0z" '
    'fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round"/>'
    '<path d="M16 10v13" stroke="#fff" stroke-width="2"/></svg>'
)
_REMEMBERED_THEME = (
    "const theme = localStorage.getItem('wellread-theme');"
    "if (theme) Quasar.Dark.set(theme === 'dark');"
)
_OTHER_THEME = (
    "() => { Quasar.Dark.toggle();"
    " localStorage.setItem('wellread-theme', Quasar.Dark.isActive ? 'dark' : 'light'); }"
)
_VIEWS = {"ask": "Ask", "compare": "Compare", "inbox": "Inbox", "documents": "Documents"}


def mount(
    app: FastAPI,
    services: Services,
    *,
    asker: Asker,
    drop: Callable[[str, bytes], DocumentId],
    max_file_bytes: int,
) -> None:
    """Serve the page at "/"."""
    desk = Desk(services, asker, drop, max_file_bytes)

    @ui.page("/")
    async def index() -> None:
        Page(desk, await asyncio.to_thread(desk.modes))

    style = f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"
    ui.add_head_html(style, shared=True)
    ui.run_with(
        app,
        title="wellread",
        favicon=_ICON,
        dark=None,
        tailwind=False,
        reconnect_timeout=30.0,
        show_welcome_message=False,
        gzip_middleware_factory=None,  # nothing to save on a loopback
    )


class Page:
    """One visitor's page."""

    def __init__(self, desk: Desk, modes: Collection[Mode]) -> None:
        self._views: dict[str, ui.button] = {}
        ui.html('<a class="wr-skip" href="#wr-question">Skip to the question</a>', sanitize=False)
        self._root = element("div", "wr-page")
        with self._root:
            # Read out by screen readers when something is done.
            self._live = text("", "div", "wr-live", role="status", aria_live="polite")
            sources = SourcePanel(desk)
            self._build_header()
            with element("div", "wr-body"):
                with element("main", "wr-main"):
                    with element("section", "wr-view-ask", aria_label="Ask"):
                        self._conversation = Conversation(desk, sources, self._announce, modes)
                    with element("section", "wr-view-compare", aria_label="Compare modes"):
                        Comparison(desk, sources, self._announce, modes)
                    with element("section", "wr-view-inbox", aria_label="Inbox"):
                        self._inbox = Inbox(desk, self._announce)
                with element("aside", "wr-view-documents", aria_label="Documents"):
                    Knowledge(desk, self._announce)
        self._show("ask")
        ui.run_javascript(_REMEMBERED_THEME)

    def _build_header(self) -> None:
        with element("header", "wr-header"):
            text("wellread", "h1", "wr-brand")
            with element("nav", "wr-nav", aria_label="Views"):
                for view, name in _VIEWS.items():
                    made = button(name, lambda v=view: self._open(v), kind=f"tab wr-tab-{view}")
                    self._views[view] = made
            element("div", "wr-grow")
            button("New conversation", self._restart, icon="edit_square", icon_only=True)
            theme = button(
                "Switch between light and dark", lambda: None, icon="contrast", icon_only=True
            )
            theme.on("click", js_handler=_OTHER_THEME)

    def _show(self, view: str) -> None:
        self._root.classes(replace=f"wr-page wr-show-{view}")
        for name, made in self._views.items():
            made.props["aria-current"] = "page" if name == view else "false"
            made.update()

    async def _open(self, view: str) -> None:
        self._show(view)
        if view == "inbox":
            await self._inbox.refresh()

    def _restart(self) -> None:
        self._show("ask")
        self._conversation.restart()

    def _announce(self, said: str) -> None:
        self._live.set_content(words(said))
