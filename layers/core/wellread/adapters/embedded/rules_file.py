"""The settings document on disk."""

from __future__ import annotations

import contextlib
import json
import os
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from wellread.adapters.embedded.folder_files import is_regular, marks_of
from wellread.adapters.embedded.folder_walk import FolderNames
from wellread.domain.access.chat_rules import ChatRules
from wellread.domain.access.identity import IdentityRules
from wellread.domain.access.rules import AccessRules
from wellread.domain.access.settings_document import SettingsDocument, parse_settings_document
from wellread.domain.knowledge.documents import is_sidecar_key
from wellread.domain.knowledge.errors import DocumentError, InvalidConfigurationError

_OTHER_NAMES = frozenset({"audience", "audiences", "permissions", "rules", "settings"})
"""What it may be called, without an ending; in a deployed stack it is `settings.json`."""
_OF_DOCUMENTS_TOO = frozenset({"rules", "settings"})
_ENDINGS = frozenset(".json .json5 .jsonc .yaml .yml .toml .ini .conf .bak .old .tmp".split())
"""What no document ends with that is not data."""
_NEARBY = ("config", "conf", "settings")
_ALIKE = 0.8
_MOST_BYTES = 1_000_000


def _alike(name: str) -> bool:
    """Whether a name, folded, may be meant as that of the settings document."""
    label = name.lstrip(".").partition(".")[0]
    letters = "".join(filter(str.isalpha, label)).removeprefix("copyof").removesuffix("copy")
    alike = SequenceMatcher(None, letters, "access", autojunk=False).ratio() >= _ALIKE
    return alike or letters in _OTHER_NAMES


def _alike_among_documents(name: str) -> bool:
    endings = Path(name).suffixes
    is_data = not endings or not _ENDINGS.isdisjoint(endings)
    return is_data and name.partition(".")[0] not in _OF_DOCUMENTS_TOO and _alike(name)


@lru_cache(maxsize=256)
def _holds_rules(path: Path, marks: str, size: int) -> bool:  # noqa: ARG001 - of that moment
    if size > _MOST_BYTES:
        return False
    try:
        root = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(root, dict) and isinstance(root.get("access"), dict)


class _Misnamed:
    """Finds what seems to be meant as the settings document, under another name or elsewhere.

    It is asked wherever anybody may read something, so names are looked through again only where a
    folder changed.
    """

    def __init__(self, path: Path, documents: Path | None, names: FolderNames) -> None:
        self._path = path
        self._documents = documents
        self._names = names
        nearby = [path.parent / name for name in _NEARBY]
        self._folders = [path.parent, *nearby, *([documents] if documents else [])]
        self._seen: dict[Path, tuple[object, list[Path]]] = {}

    def found(self) -> Path | None:
        for folder in self._folders:
            names = _names_in(self._names, folder)
            seen, paths = self._seen.get(folder, (None, []))
            if seen is not names:
                paths = [folder / name for folded, name in names if self._may_be(folder, folded)]
                self._seen[folder] = (names, paths)
            for path in paths:
                if self._is_meant(path):
                    return path
        return None

    def _may_be(self, folder: Path, folded: str) -> bool:
        if folder == self._documents:
            return folded.endswith(".json") or _alike_among_documents(folded)
        return _alike(folded)

    def _is_meant(self, path: Path) -> bool:
        if path.is_dir() or path == self._path or is_sidecar_key(path.name):
            return False
        if path.parent != self._documents or _alike_among_documents(path.name.casefold()):
            return True
        with contextlib.suppress(OSError):
            looks = path.stat()
            return is_regular(looks) and _holds_rules(path, marks_of(looks), looks.st_size)
        return False


def _names_in(names: FolderNames, folder: Path) -> list[tuple[str, str]]:
    """The names in a folder, none where there is none; the same list while nothing changed."""
    try:
        return names.names_in(folder)
    except DocumentError:
        return []


class RulesFile:
    """An `AccessRulesSource`, `IdentityRulesSource` and `ChatRulesSource` of a JSON document.

    The document is read every time, which costs less than any way to notice every change of it.
    """

    def __init__(self, path: Path, documents: Path | None = None):
        """Read this document. While there has never been one, everyone may read everything.

        Args:
            path: Of the document.
            documents: The folder that prefixes may be written with in front.
        """
        self._path = path
        places = () if documents is None else (documents.absolute(), documents.resolve())
        self._documents = documents
        self._roots = tuple(map(str, places))
        self._names = FolderNames()
        self._misnamed = _Misnamed(path, documents, self._names)
        self._begun: set[str] = set()
        # With what it was told of prefixes: it is read anew only where that changed, too.
        self._read: tuple[bytes, dict[str, bool], SettingsDocument] | None = None

    def load(self) -> AccessRules:
        """The access rules as they are now; raises what `_document` raises."""
        return self._document().access

    def identities(self) -> IdentityRules:
        """The identity rules as they are now; raises what `_document` raises."""
        return self._document().identity

    def chat(self) -> ChatRules:
        """The rules of chats as they are now; raises what `_document` raises."""
        return self._document().chat

    def _document(self) -> SettingsDocument:
        """The document as it is now.

        Raises:
            InvalidConfigurationError: The document cannot be understood, or is gone although it
                was there: nothing may be shown.
        """
        before = self._read
        try:
            data = self._path.read_bytes()
        except FileNotFoundError as exc:
            if before is None and os.path.lexists(self._path):
                raise self._wrong("it is a link to what is not there") from exc
            if before is None:
                self._refuse_misnamed()
                return SettingsDocument()
            raise InvalidConfigurationError(
                f"The settings document {self._path} was there and is gone. Put it back, or "
                "restart wellread to go on without access rules."
            ) from exc
        except OSError as exc:
            raise InvalidConfigurationError(
                f"The settings document {self._path} cannot be read ({exc.strerror}). "
                "Let wellread read it."
            ) from exc
        if before is not None and before[0] == data and self._is_still_so(before[1]):
            return before[2]
        told: dict[str, bool] = {}

        def begins(prefix: str) -> bool:
            told[prefix] = self._begins(prefix)
            return told[prefix]

        try:
            document = parse_settings_document(data, self._roots, begins)
        except ValueError as exc:
            raise self._wrong(str(exc)) from exc
        self._read = (data, told, document)
        return document

    def _refuse_misnamed(self) -> None:
        """Take no file for none where one seems to be meant: everything would be open."""
        if path := self._misnamed.found():
            raise InvalidConfigurationError(
                f"{path} seems to be meant as the settings document {self._path}. Put it there "
                "under that name, or give it quite another one; until then nothing is shown."
            )

    def _is_still_so(self, told: Mapping[str, bool]) -> bool:
        return all(self._begins(prefix) == before for prefix, before in told.items())

    def _begins(self, prefix: str) -> bool:
        """Whether the key of some document begins so, or did while this process ran."""
        if prefix not in self._begun and self._is_begun(prefix):
            self._begun.add(prefix)
        return prefix in self._begun

    def _is_begun(self, prefix: str) -> bool:
        if self._documents is None:
            return False
        *parts, last = prefix.split("/")
        folder = self._documents
        for part in parts:
            names = _names_in(self._names, folder)
            named = [name for _, name in names if unicodedata.normalize("NFC", name) == part]
            if not named:
                return False
            folder /= named[0]
        if not last:
            return folder.is_dir()
        names = _names_in(self._names, folder)
        return any(unicodedata.normalize("NFC", name).startswith(last) for _, name in names)

    def _wrong(self, what: str) -> InvalidConfigurationError:
        return InvalidConfigurationError(
            f"The settings document {self._path} cannot be understood: {what}. Correct it; until "
            "then nothing is shown."
        )
