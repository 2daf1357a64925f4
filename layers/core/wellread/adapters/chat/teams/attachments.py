"""Files that somebody gives to the bot in a personal chat.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4#receive-files-in-personal-chat
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from wellread.adapters.chat.fields import Fields
from wellread.domain.chat.events import SharedFile

FILE = "application/vnd.microsoft.teams.file.download.info"
_LINK = "reference"
_IMAGE = "image/"
_MOST_FILES = 20

_ELSEWHERE = (
    "It lies in somebody's OneDrive or in SharePoint, and Teams only links to it. Download it "
    "there, and send me the file itself in this chat."
)
_NOWHERE = "Teams does not say where it can be fetched. Send it again as a file."


def shared_files(attachments: Iterable[Fields], *, words: bool) -> tuple[SharedFile, ...]:
    """The files among what is attached to a message, in which its own text is too.

    Args:
        attachments: Of the message.
        words: Whether it says something: a picture that was pasted into that is a part of it.
    """
    given = (each for each in attachments if not (words and _is_picture(each)))
    found = (_file(each) for each in given)
    return tuple(file for file in found if file is not None)[:_MOST_FILES]


def _is_picture(attachment: Fields) -> bool:
    return attachment.text("contentType").startswith(_IMAGE)


def _file(attachment: Fields) -> SharedFile | None:
    kind, told = attachment.text("contentType"), attachment.part("content")
    name = attachment.text("name")
    if kind == FILE:
        url = told.text("downloadUrl")
        problem = "" if url else _NOWHERE
    elif kind == _LINK:
        url, problem = "", _ELSEWHERE
    elif _is_picture(attachment):
        url, problem = attachment.text("contentUrl"), ""
        name = name or f"picture.{kind.removeprefix(_IMAGE).strip('*') or 'png'}"
    else:
        return None
    said = told.text("uniqueId") or url or name
    return SharedFile(_id_of(said), name or "file", told.count("fileSize"), url, problem)


def _id_of(said: str) -> str:
    # It goes into keys, and an address has a secret in it.
    return hashlib.sha256(said.encode()).hexdigest()[:32]
