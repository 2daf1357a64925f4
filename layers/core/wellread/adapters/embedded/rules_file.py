"""The settings document on disk."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from pathlib import Path

from wellread.domain.access.rules import AccessRules
from wellread.domain.errors import InvalidConfigurationError
from wellread.domain.identity import IdentityRules
from wellread.domain.settings_document import SettingsDocument, parse_settings_document

_OTHER_NAMES = frozenset({"access", "audience", "audiences", "permissions", "rules", "settings"})
"""What it may be called, without an ending; in a deployed stack it is `settings.json`."""
_ENDINGS = frozenset({"", ".json", ".yaml", ".yml", ".txt", ".toml", ".jsonc"})
_ALIKE = 0.7
_MOST_BYTES = 1_000_000


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if each.is_file())
    except OSError:
        return []


def _alike(name: str, wanted: str) -> bool:
    folded = name.casefold().removesuffix(".txt")
    stem, ending = Path(folded).stem, Path(folded).suffix
    if stem in _OTHER_NAMES and ending in _ENDINGS:
        return True
    return SequenceMatcher(None, name.casefold(), wanted, autojunk=False).ratio() >= _ALIKE


def _rules_among(documents: Path | None) -> list[Path]:
    """Settings documents that were put at the top of the documents folder."""
    found = [] if documents is None else _files(documents)
    return [path for path in found if path.suffix.casefold() == ".json" and _holds_rules(path)]


def _holds_rules(path: Path) -> bool:
    try:
        if path.stat().st_size > _MOST_BYTES:
            return False
        root = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(root, dict) and isinstance(root.get("access"), dict)


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
        self._documents = documents
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
        for path in (*_files(self._path.parent), *_rules_among(self._documents)):
            if path.parent != self._path.parent or _alike(path.name, self._path.name):
                raise InvalidConfigurationError(
                    f"{path} seems to be meant as the settings document {self._path}. Put it "
                    "there under that name, or give it quite another one; until then nothing is "
                    "shown."
                )

    def _wrong(self, what: str) -> InvalidConfigurationError:
        return InvalidConfigurationError(
            f"The settings document {self._path} cannot be understood: {what}. Correct it; until "
            "then nothing is shown."
        )
