"""One conversation of Teams, as the bot speaks in it: said, edited, taken back.

Source: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wellread.adapters.chat.teams.web import TeamsWeb, in_path
from wellread.adapters.chat.waiting import CALL_SECONDS
from wellread.domain.chat.references import PERSONAL, ConversationReference

CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Speaking:
    """Where to speak, and by what.

    Attributes:
        thread: The message that a channel's thread began with; of no meaning elsewhere.
    """

    web: TeamsWeb
    reference: ConversationReference
    thread: str = ""

    @property
    def is_personal(self) -> bool:
        """Whether one person alone reads it."""
        return self.reference.kind == PERSONAL

    @property
    def conversation(self) -> str:
        """The conversation's id with the thread in it."""
        id = self.reference.conversation
        return f"{id};messageid={self.thread}" if self._in_channel and self.thread else id

    @property
    def _in_channel(self) -> bool:
        return self.reference.kind == CHANNEL or "@thread.tacv2" in self.reference.conversation

    def say(
        self,
        activity: dict[str, Any],
        *,
        seconds: float = CALL_SECONDS,
        patience: float | None = None,
    ) -> str:
        """Say something; its id, empty where Teams names none. Raises as `TeamsWeb.call`."""
        answer = self.web.call(
            "POST",
            self.reference.address,
            self._activities,
            body=self._ours(activity),
            seconds=seconds,
            patience=patience,
        )
        return str(answer.get("id") or "")

    def edit(self, id: str, activity: dict[str, Any]) -> None:
        """Say something in place of what was said. Raises as `TeamsWeb.call`."""
        path = f"{self._activities}/{in_path(id)}"
        self.web.call("PUT", self.reference.address, path, body=self._ours({**activity, "id": id}))

    def delete(self, id: str) -> None:
        """Take something back. Raises as `TeamsWeb.call`."""
        path = f"{self._activities}/{in_path(id)}"
        self.web.call("DELETE", self.reference.address, path)

    @property
    def _activities(self) -> str:
        return f"v3/conversations/{in_path(self.conversation)}/activities"

    def _ours(self, activity: dict[str, Any]) -> dict[str, Any]:
        bot = {"from": {"id": self.reference.bot}} if self.reference.bot else {}
        return {**activity, **bot, "conversation": {"id": self.conversation}}
