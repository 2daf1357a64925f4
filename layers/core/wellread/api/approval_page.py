"""Pages by which a person decides about a tuned model.

Looking decides nothing: programs that show a link's preview look, too.
"""

from __future__ import annotations

from html import escape

from wellread.api import document_page

HEADERS = {
    **document_page.HEADERS,
    "Content-Security-Policy": document_page.HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    ),
}

APPROVE, REFUSE = "approve", "refuse"
"""What a form's `decision` is."""


def question(run: str, reason: str) -> str:
    """The page that asks.

    Args:
        run: The run's name.
        reason: Why its model passed.
    """
    return document_page.page(
        f"May {escape(run)} answer?",
        "<p>A model that was trained on your documents passed its evaluation.</p>",
        f'<p class="note">{escape(reason)}</p>'
        '<form method="post"><p><label>Why, if you refuse it<br>'
        '<input name="reason" maxlength="300" size="40"></label></p>'
        f'<p><button name="decision" value="{APPROVE}">Approve</button> '
        f'<button name="decision" value="{REFUSE}">Refuse</button></p></form>'
        "<p>Approved, it answers in the tuned modes within minutes. "
        "<code>wellread models rollback</code> takes it away again.</p>",
    )


def said(title: str, words: str) -> str:
    """The page that says what came of it."""
    return document_page.page(
        escape(title), "", f'<p class="note" role="status">{escape(words)}</p>'
    )
