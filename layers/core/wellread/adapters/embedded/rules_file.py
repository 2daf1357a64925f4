"""The settings document on disk."""

from __future__ import annotations

import contextlib
import json
from difflib import SequenceMatcher
from functools import lru_cache
from operator import is_not
from pathlib import Path

from wellread.adapters.embedded.folder_files import is_regular
from wellread.adapters.embedded.folder_walk import FolderNames
from wellread.domain.access.identity import IdentityRules
from wellread.domain.access.rules import AccessRules
from wellread.domain.access.settings_document import SettingsDocument, parse_settings_document
from wellread.domain.knowledge.errors import DocumentError, InvalidConfigurationError

_OTHER_NAMES = frozenset({"access", "audience", "audiences", "permissions", "rules", "settings"})
"""What it may be called, without an ending; in a deployed stack it is `settings.json`."""
_ENDINGS = frozenset({"", ".json", ".yaml", ".yml", ".txt", ".toml", ".jsonc"})
_ALIKE = 0.7
_MOST_BYTES = 1_000_000


def _alike(name: str, wanted: str) -> bool:
    folded = name.casefold().removesuffix(".txt")
    stem, ending = Path(folded).stem, Path(folded).suffix
    if stem in _OTHER_NAMES and ending in _ENDINGS:
        return True
    return SequenceMatcher(None, name.casefold(), wanted, autojunk=False).ratio() >= _ALIKE


@lru_cache(maxsize=256)
def _holds_rules(path: Path, changed: int, size: int) -> bool:  # noqa: ARG001 - of that moment
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

    def __init__(self, path: Path, documents: Path | None) -> None:
        self._path = path
        self._documents = documents
        self._names = FolderNames()
        self._seen: tuple[list[tuple[str, str]], ...] = ()
        self._alike: list[Path] = []
        self._among: list[Path] = []

    def found(self) -> Path | None:
        folders = [self._path.parent, *([self._documents] if self._documents else [])]
        seen = tuple(map(self._names_in, folders))
        if len(seen) != len(self._seen) or any(map(is_not, seen, self._seen)):
            beside, *among = seen
            self._alike = [
                self._path.parent / name for _, name in beside if _alike(name, self._path.name)
            ]
            self._among = [
                folder / name
                for folder, names in zip(folders[1:], among, strict=True)
                for folded, name in names
                if folded.endswith(".json")
            ]
            self._seen = seen
        for path in (*self._alike, *self._among):
            with contextlib.suppress(OSError):
                looks = path.stat()
                meant = path in self._alike or _holds_rules(path, looks.st_mtime_ns, looks.st_size)
                if is_regular(looks) and meant:
                    return path
        return None

    def _names_in(self, folder: Path) -> list[tuple[str, str]]:
        try:
            return self._names.names_in(folder)
        except DocumentError:
            return []


class RulesFile:
    """An `AccessRulesSource` and `IdentityRulesSource` that reads a JSON document.

    The document is read every time, which costs less than any way to notice every change of it.
    """

    def __init__(self, path: Path, documents: Path | None = None):
        """Read this document. While there has never been one, everyone may read everything.

        Args:
            path: Of the document.
            documents: The folder that prefixes may be written with in front.
        """
        self._path = path
        self._misnamed = _Misnamed(path, documents)
        places = () if documents is None else (documents.absolute(), documents.resolve())
        self._roots = tuple(map(str, places))
        self._read: tuple[bytes, SettingsDocument] | None = None

    def load(self) -> AccessRules:
        """The access rules as they are now.

        Raises:
            InvalidConfigurationError: As `_document` says; nothing may be shown.
        """
        return self._document().access

    def identities(self) -> IdentityRules:
        """The identity rules as they are now.

        Raises:
            InvalidConfigurationError: As `_document` says; nobody may ask.
        """
        return self._document().identity

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
        if before is not None and before[0] == data:
            return before[1]
        try:
            document = parse_settings_document(data, self._roots)
        except ValueError as exc:
            raise self._wrong(str(exc)) from exc
        self._read = (data, document)
        return document

    def _refuse_misnamed(self) -> None:
        """Take no file for none where one seems to be meant: everything would be open."""
        if path := self._misnamed.found():
            raise InvalidConfigurationError(
                f"{path} seems to be meant as the settings document {self._path}. Put it there "
                "under that name, or give it quite another one; until then nothing is shown."
            )

    def _wrong(self, what: str) -> InvalidConfigurationError:
        return InvalidConfigurationError(
            f"The settings document {self._path} cannot be understood: {what}. Correct it; until "
            "then nothing is shown."
        )
