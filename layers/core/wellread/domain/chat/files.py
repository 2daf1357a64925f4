"""Files that people give to the bot: which it takes, and where in the bucket they lie."""

from __future__ import annotations

import json
import mimetypes
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person, SharedFile
from wellread.domain.chat.replies import KEPT_SECONDS
from wellread.domain.knowledge.documents import document_digest, is_document_key
from wellread.domain.knowledge.errors import FAILURE_WORDS, NO_NAME, FailureCode
from wellread.domain.text.harmless import visible

HELD_SECONDS = KEPT_SECONDS + 86_400.0
"""So long a file is held that nobody decides about: longer than the request, noted down after."""

MOST_HELD = 10
"""So many files of one person are held: as many as Teams lets one message have."""

_TYPES = mimetypes.MimeTypes(filenames=())  # those of Python, and not of the machine
_NO_TEXT = ("image/", "audio/", "video/", "font/")
_NO_DOCUMENTS = frozenset(
    f"application/{kind}"
    for kind in """octet-stream zip x-tar x-7z-compressed x-rar-compressed vnd.rar x-bzip2 gzip
    x-apple-diskimage java-archive x-msdownload x-shockwave-flash wasm""".split()
)
_OTHER_SUFFIXES = frozenset(
    ".7z .rar .dmg .iso .apk .msi .psd .heic .mkv .pages .numbers .key".split()
)
_NO_NAMES = frozenset('/\\:*?"<>|')
_LONGEST_NAME_BYTES = 150


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file that waits until somebody approves it, or is on its way into the bucket.

    Attributes:
        place: Where it was given: the thread that is told what becomes of it.
        key: Where it goes; empty until that is decided.
    """

    file: SharedFile
    person: Person
    place: Place
    key: str = ""

    @property
    def as_note(self) -> str:
        """Itself as text."""
        return json.dumps(asdict(self))

    @classmethod
    def of_note(cls, note: str) -> PendingFile:
        """What `as_note` was asked of."""
        fields = json.loads(note)
        return cls(
            SharedFile(**fields["file"]),
            Person(**fields["person"]),
            Place(**fields["place"]),
            fields["key"],
        )


def held_folder(person: Person) -> str:
    """Where those files of a person are held that nobody has decided about."""
    return document_digest(person.asker)


def held_key(person: Person, request: str) -> str:
    """Under what a file is held, by its giver and the request to add it."""
    return f"{held_folder(person)}/{document_digest(request)}"


def folder_of(platform: str, team: str, conversation: str) -> str:
    """How the keys of files begin that were given in a conversation."""
    parts = (quote(part, safe="", errors="replace") for part in (platform, team, conversation))
    return "".join(f"{part}/" for part in ("chat", *parts))


def conversation_of(key: str) -> tuple[str, str, str] | None:
    """Platform, team and conversation in which a document was given, quoted; None where in none."""
    parts = key.split("/")
    return (parts[1], parts[2], parts[3]) if parts[0] == "chat" and len(parts) > 4 else None


def safe_name(name: str) -> str:
    """A file's name as a part of a key, short, visible, and with its suffix."""
    name = visible(unicodedata.normalize("NFC", name.replace("\n", " ")))
    name = "".join("_" if c in _NO_NAMES else c for c in name)
    name = " ".join(name.split()).strip("~. ")
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    while stem and len(f"{stem}{suffix}".encode()) > _LONGEST_NAME_BYTES:
        stem, suffix = stem[:-1], suffix[:20]
    return f"{stem}{suffix}" or "file"


def kept_apart(name: str, by: str) -> str:
    """A safe name that nothing else has: with what is only this file's before its suffix."""
    path = PurePosixPath(name)
    return f"{path.stem}-{safe_name(by)}{path.suffix}"


def too_large(max_bytes: int) -> str:
    """That a file has more bytes than that, and what to do, for people."""
    reason, fix = FAILURE_WORDS[FailureCode.TOO_LARGE]
    return f"{reason} The most is {max_bytes // 1_000_000} MB. {fix}"


def problem_of(file: SharedFile, max_bytes: int) -> str:
    """Why a file is not even asked about, cause and fix, for people; empty where it is."""
    if file.problem:
        return file.problem
    if file.size > max_bytes:
        return too_large(max_bytes)
    name = safe_name(file.name)
    if not is_document_key(name):
        return " ".join(NO_NAME).replace("Drop", "Send", 1)
    kind, packed = _TYPES.guess_type(name.lower())
    unread = packed or (kind or "").startswith(_NO_TEXT) or kind in _NO_DOCUMENTS
    if unread or PurePosixPath(name.lower()).suffix in _OTHER_SUFFIXES:
        reason, fix = FAILURE_WORDS[FailureCode.UNSUPPORTED]
        return f"{reason} {fix.replace('Drop', 'Send', 1)}"
    return ""
