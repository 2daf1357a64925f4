"""The doors that chat platforms come in by: nothing that answers questions is loaded for them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.arrivals import Modal
    from wellread.adapters.chat.slack.front import SlackFront
    from wellread.adapters.chat.slack.workspaces import Workspaces
    from wellread.adapters.chat.teams.front import TeamsFront
    from wellread.bootstrap.adapters import Adapters
    from wellread.ports.chat import ConversationReferences
    from wellread.settings import Settings


def slack_front_of(
    adapters: Adapters, workspaces: Workspaces | None, settings: Settings
) -> SlackFront:
    """What takes requests of Slack's."""
    from wellread.adapters.chat.slack.front import SlackFront

    def open_modal(modal: Modal, token: str) -> None:
        from wellread.adapters.chat.slack import modal as modals

        modals.open_modal(modal, token, settings.slack_api_url)

    return SlackFront(
        adapters.slack_secret,
        lambda: adapters.questions,
        clock=adapters.clock,
        meter=adapters.meter,
        open_modal=open_modal,
        workspaces=workspaces,
    )


def teams_front_of(adapters: Adapters, settings: Settings) -> TeamsFront:
    """What takes requests of Teams'."""
    from wellread.adapters.chat.teams.front import TeamsFront
    from wellread.adapters.chat.teams.keys import ConnectorKeys

    @cache
    def references() -> ConversationReferences:
        from wellread.bootstrap.chat import references_of

        return references_of(adapters, settings)

    return TeamsFront(
        settings.teams_bot,
        ConnectorKeys(settings.teams_openid_url, clock=adapters.clock),
        lambda: adapters.questions,
        references,
        clock=adapters.clock,
        meter=adapters.meter,
    )
