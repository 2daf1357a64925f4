"""Contents of files that wait for a decision, where their platform serves them for minutes only."""

from __future__ import annotations

from dataclasses import replace

from wellread.domain.chat.events import Person, SharedFile
from wellread.domain.chat.files import MOST_HELD, held_folder, held_key, too_large
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.ports.chat import HeldFiles, Platform

_TOO_MANY = (
    f"{MOST_HELD} of your files wait for approval already. Send it again once one of them was "
    "approved or rejected."
)
_NOT_HELD = ("The file is not kept any more.", "Send it again.")


class Holding:
    """Holds what will be gone from its platform when it is decided about; leaves the rest there.

    What can still be fetched then is not copied before: who gave it may take it back.
    """

    def __init__(self, held: HeldFiles, *, max_bytes: int) -> None:
        """Nothing was given yet.

        Args:
            held: Has the contents.
            max_bytes: Larger files are not taken.
        """
        self._held = held
        self._max_bytes = max_bytes

    def hold(
        self, platform: Platform, file: SharedFile, person: Person, request: str
    ) -> SharedFile:
        """Have a file's content for as long as its request is kept.

        Returns:
            The file, with what was learnt of it; with a `problem` where it cannot be had.

        Raises:
            TransientError: Try again.
        """
        if not platform.files_pass:
            return file
        key = held_key(person, request)
        data = self._held.get(key)  # of a worker that died, when the address was still good
        if data is None:
            # Those of one conversation come one after another: nobody else adds to it now.
            if self._held.count(held_folder(person)) >= MOST_HELD:
                return replace(file, problem=_TOO_MANY)
            try:
                data = platform.files.fetch(person.team, file, self._max_bytes)
            except DocumentError as error:
                is_size = error.code is FailureCode.TOO_LARGE
                return replace(file, problem=too_large(self._max_bytes) if is_size else str(error))
            self._held.put(key, data)
        return replace(file, size=len(data), url="")  # which would open it to whoever has it

    def content(self, platform: Platform, file: SharedFile, person: Person, request: str) -> bytes:
        """A file's content, once it was approved.

        Raises:
            DocumentError: It cannot be had.
            TransientError: Try again.
        """
        if not platform.files_pass:
            return platform.files.fetch(person.team, file, self._max_bytes)
        data = self._held.get(held_key(person, request))
        if data is None:
            raise DocumentError(FailureCode.UNREADABLE, *_NOT_HELD)
        return data

    def let_go(self, platform: Platform, person: Person, request: str) -> None:
        """Hold a file no longer.

        Raises:
            TransientError: Try again.
        """
        if platform.files_pass:
            self._held.delete(held_key(person, request))
