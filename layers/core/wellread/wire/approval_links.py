"""Links by which a person decides about a tuned model that waits for a word.

A link says which run it is about, signed: whoever has it may decide, once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from wellread.domain.tune.models import RunName
from wellread.wire.signed_tokens import InvalidTokenError, SignedTokens

PATH = "/approvals/"
"""Below the address of the API; nothing else is below it."""


class InvalidApprovalError(Exception):
    """No link of ours, or one that has expired."""


@dataclass(frozen=True, slots=True)
class ApprovalLink:
    """What a link says.

    Attributes:
        run: The run to decide about.
        until: When it expires, seconds since the epoch.
    """

    run: RunName
    until: float


class ApprovalLinks:
    """Writes links, and reads them."""

    def __init__(
        self, address: str, key: Callable[[str | None], str], clock: Callable[[], float]
    ) -> None:
        """Write links below an address.

        Args:
            address: Of the API, with or without "/" at its end.
            key: Gives what they are signed with; a key that did not fit is looked for anew.
            clock: The time.
        """
        self._below = address.rstrip("/") + PATH
        self._tokens = SignedTokens("approval", key)
        self._clock = clock

    def link(self, said: ApprovalLink) -> str:
        """The address of a link."""
        text = json.dumps({"r": said.run, "u": math.floor(said.until)}, separators=(",", ":"))
        return self._below + self._tokens.token(text.encode("ascii"))

    def read(self, token: str) -> ApprovalLink:
        """What the link that ends in this says.

        Raises:
            InvalidApprovalError: It was not signed with the key, or has expired.
        """
        try:
            said = json.loads(self._tokens.said(token))
        except InvalidTokenError:
            raise InvalidApprovalError from None
        link = ApprovalLink(RunName(said["r"]), float(said["u"]))
        if not self._clock() < link.until:
            raise InvalidApprovalError
        return link
