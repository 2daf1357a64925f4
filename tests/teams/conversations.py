"""Where the conversations of a tenant are, as a bot that heard of them knows."""

from __future__ import annotations

from dataclasses import replace

from wellread.domain.chat.references import ConversationReference


class KnownConversations:
    """`ConversationReferences` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, ConversationReference] = {}

    def keep(self, reference: ConversationReference) -> None:
        self.kept[reference.conversation] = reference

    def of_conversation(
        self, platform: str, team: str, conversation: str
    ) -> ConversationReference | None:
        found = self.kept.get(conversation) or self.kept.get("")
        return found and replace(found, conversation=conversation)

    def of_person(self, platform: str, team: str, person: str) -> ConversationReference | None:
        return self.kept.get(f"a:{person}")
