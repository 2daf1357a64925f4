"""What Teams shows beside conversations: questions to choose from, in a personal chat.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/prompt-suggestions
"""

from __future__ import annotations

from collections.abc import Sequence

from wellread.adapters.chat.teams.sink import UnknownPlaceError
from wellread.adapters.chat.teams.speaking import Speaking
from wellread.adapters.chat.teams.web import TeamsWeb
from wellread.adapters.chat.wording import in_plain
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.said import Home
from wellread.ports.chat import ConversationReferences

_PROMPTS, _TITLE_CHARACTERS, _PROMPT_CHARACTERS = 3, 60, 300


class TeamsPanes:
    """`Panes` of Teams, which has no titles and no page of the bot's own."""

    def __init__(self, web: TeamsWeb, references: ConversationReferences) -> None:
        """Show by this client, where conversations are."""
        self._web = web
        self._references = references

    def suggest(self, place: Place, questions: Sequence[str]) -> None:
        found = self._references.of_conversation(place.platform, place.team, place.conversation)
        if found is None:
            raise UnknownPlaceError
        actions = [
            {
                "type": "imBack",
                "title": in_plain(each, _TITLE_CHARACTERS),
                "value": in_plain(each, _PROMPT_CHARACTERS),
            }
            for each in questions[:_PROMPTS]
        ]
        speaking = Speaking(self._web, found, place.thread)
        if actions and speaking.is_personal:
            to = [found.account] if found.account else []
            suggested = {"to": to, "actions": actions}
            said = {"type": "message", "text": "You could ask:", "suggestedActions": suggested}
            speaking.say(said)

    def entitle(self, place: Place, title: str) -> None:
        """Conversations have no titles."""

    def show_home(self, person: Person, home: Home) -> None:
        """There is no such page."""
