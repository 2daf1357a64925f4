"""Files that people gave the bot in a personal chat, fetched where Teams says that they lie.

Their addresses are good for a few minutes and for everybody: no token goes along. Of files that are
given elsewhere Teams tells a bot nothing.

Sources: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4,
https://github.com/vercel/chat/issues/536, https://github.com/OfficeDev/Microsoft-Teams-Samples/issues/1314
"""

from __future__ import annotations

from urllib.parse import urlsplit

from wellread.adapters.chat.fetching import Fetching
from wellread.domain.chat.events import SharedFile

_HOSTS = (".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us", ".sharepoint.cn")
# The address that a phone's app sends along may be a page to sign in at.
_GIVE_AGAIN = "Send the file to the bot again, from a computer if it came from a phone."


class TeamsFiles:
    """`ChatFiles` of Teams."""

    def __init__(self, login_url: str) -> None:
        """Fetch from Microsoft's hosts alone, or the one host that stands for all of them."""
        host = urlsplit(login_url).hostname or ""
        self._stand_in = "" if "microsoftonline" in host else host
        self._fetching = Fetching(
            "Teams", _GIVE_AGAIN, has=self._has, may_lead=lambda _, other: self._has(other)
        )

    def described(self, team: str, file: SharedFile) -> SharedFile:
        del team
        return file  # an activity says all there is to know

    def fetch(self, team: str, file: SharedFile, most: int) -> bytes:
        del team  # an address is enough
        return self._fetching.fetch(file, most)

    def _has(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        host = parts.hostname or ""
        if self._stand_in:
            return parts.scheme in ("http", "https") and host == self._stand_in
        return parts.scheme == "https" and port in (None, 443) and host.endswith(_HOSTS)
