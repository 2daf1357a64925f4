"""Files that people shared in Slack, fetched with the bot's token, which goes nowhere else.

Source: https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

from dataclasses import replace

from wellread.adapters.chat.fetching import Fetching
from wellread.adapters.chat.fields import Fields
from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.adapters.chat.slack.shared_files import CLOSED, GONE, NOWHERE, shared_file
from wellread.adapters.chat.slack.web import FATAL, RefusedError, SlackWeb
from wellread.domain.chat.events import SharedFile

_GIVE_AGAIN = "Share the file with the bot again, as a file that is stored in this workspace."


class SlackFiles:
    """`ChatFiles` of Slack."""

    def __init__(self, web: SlackWeb, addresses: SlackAddresses) -> None:
        """Fetch with this client's token, from these addresses alone."""
        self._web = web
        self._fetching = Fetching(
            "Slack", _GIVE_AGAIN, has=addresses.has, may_lead=addresses.may_lead, bearer=web.bearer
        )

    def described(self, team: str, file: SharedFile) -> SharedFile:
        del team  # the token is of one
        if file.url or file.problem:
            return file
        try:
            answer = self._web.call("files.info", file=file.id)
        except RefusedError as error:
            if error.code in FATAL:
                raise
            gone = error.code in ("file_not_found", "file_deleted")
            return replace(file, problem=GONE if gone else CLOSED)
        found = Fields(answer.get("file"))
        told = shared_file(found) if found.has("id") else file
        return told if told.url or told.problem else replace(told, problem=NOWHERE)

    def fetch(self, team: str, file: SharedFile, most: int) -> bytes:
        del team  # the token is of one
        return self._fetching.fetch(file, most)
