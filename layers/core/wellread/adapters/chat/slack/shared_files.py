"""Slack's file objects, as files that somebody shared.

Source: https://docs.slack.dev/reference/objects/file-object
"""

from __future__ import annotations

from wellread.adapters.chat.fields import Fields
from wellread.domain.chat.events import SharedFile

GONE = "Slack does not hold it any more. Share it again."
CLOSED = "Slack does not let me read it. Share it again, in this conversation."
NOWHERE = "Slack does not say where it can be fetched. Share it again as a file."


def shared_file(file: Fields) -> SharedFile:
    """The file that an object describes; without a URL where it says too little of it.

    Raises:
        MalformedError: It has no id.
    """
    return SharedFile(
        id=file.id("id"),
        name=file.text("name") or file.text("title") or file.id("id"),
        size=file.count("size"),
        url=file.text("url_private_download") or file.text("url_private"),
        problem=_problem(file),
    )


def _problem(file: Fields) -> str:
    mode = file.text("mode")
    if file.has("is_external") or mode == "external":
        return (
            "It lies outside of Slack, which only links to it. Download it there, and share the "
            "file itself."
        )
    if mode in ("tombstone", "hidden_by_limit"):
        return GONE
    if file.text("file_access") in ("access_denied", "file_not_found"):
        return CLOSED
    return ""
