"""The settings document on disk."""

from __future__ import annotations

from pathlib import Path

from wellread.domain.access.rules import AccessRules
from wellread.domain.errors import InvalidConfigurationError
from wellread.domain.identity import IdentityRules
from wellread.domain.settings_document import SettingsDocument, parse_settings_document


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

    def _wrong(self, what: str) -> InvalidConfigurationError:
        return InvalidConfigurationError(
            f"The settings document {self._path} cannot be understood: {what}. Correct it; until "
            "then nothing is shown."
        )
