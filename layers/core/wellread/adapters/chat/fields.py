"""What a chat platform sends, read so that no shape of it breaks anything."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, NoReturn, Self, TypeVar

MAX_TEXT_CHARACTERS = 16_000
"""Of words that people wrote, far more than a question may have, and a queue's message takes."""


class MalformedError(ValueError):
    """What was sent is not of the shape that its platform says it has."""


class Fields:
    """A JSON object, or nothing where something else stands in its place.

    Attributes:
        ids: What the platform's ids match.
    """

    ids: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9._:-]{1,100}")

    def __init__(self, held: object) -> None:
        """Read from this."""
        self._held: dict[Any, Any] = held if isinstance(held, dict) else {}

    def __bool__(self) -> bool:
        """Whether there is an object that holds anything."""
        return bool(self._held)

    def part(self, name: str) -> Self:
        """An object in it."""
        return type(self)(self._held.get(name))

    def parts(self, name: str) -> list[Self]:
        """The objects of a list in it."""
        found = self._held.get(name)
        return [type(self)(each) for each in found] if isinstance(found, list) else []

    def text(self, name: str) -> str:
        """A string in it, as text that can be stored; empty where there is none."""
        found = self._held.get(name)
        if not isinstance(found, str):
            return ""
        # A half of a surrogate pair is valid JSON, and no text.
        return found[:MAX_TEXT_CHARACTERS].encode("utf-8", "replace").decode("utf-8")

    def id(self, name: str, *others: str) -> str:
        """The first of these ids that is there.

        Raises:
            MalformedError: None is, or it is not of an id's characters.
        """
        found = next(filter(None, map(self._held.get, (name, *others))), None)
        if not isinstance(found, str) or not self.ids.fullmatch(found):
            raise MalformedError(f"{name} is no id")
        return found

    def id_or_none(self, name: str) -> str:
        """An id that may be left out; empty then.

        Raises:
            MalformedError: It is there, and not of an id's characters.
        """
        return self.id(name) if self._held.get(name) else ""

    def has(self, name: str) -> bool:
        """Whether anything that is not empty, null, false or 0 stands there."""
        return bool(self._held.get(name))

    def denies(self, name: str) -> bool:
        """Whether false stands there."""
        return self._held.get(name) is False

    def count(self, name: str) -> int:
        """A number in it that counts something; 0 where there is none."""
        found = self._held.get(name)
        return found if type(found) is int and 0 <= found < 1 << 53 else 0


_F = TypeVar("_F", bound=Fields)


def fields_of_json(text: str, kind: type[_F]) -> _F:
    """The object that a text is the JSON of, as a platform's fields.

    Raises:
        MalformedError: It is the JSON of none.
    """
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedError("it is no JSON") from error
    if not isinstance(found, dict):
        raise MalformedError("it is no JSON object")
    return kind(found)


def _refuse(constant: str) -> NoReturn:
    raise MalformedError(f"{constant} is no JSON")
