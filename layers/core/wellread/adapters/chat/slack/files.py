"""Files that people shared in Slack, fetched with the bot's token, which goes nowhere else.

Source: https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

from wellread.adapters.chat.fetching import Fetching
from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.domain.chat.events import SharedFile

_GIVE_AGAIN = "Share the file with the bot again, as a file that is stored in this workspace."


class SlackFiles:
    """`ChatFiles` of Slack."""

    def __init__(self, web: SlackWeb, addresses: SlackAddresses) -> None:
        """Fetch with this client's token, from these addresses alone."""
        self._fetching = Fetching(
            "Slack", _GIVE_AGAIN, has=addresses.has, may_lead=addresses.may_lead, bearer=web.bearer
        )

    def fetch(self, team: str, file: SharedFile, most: int) -> bytes:
        del team  # the token is of one
        return self._fetching.fetch(file, most)
