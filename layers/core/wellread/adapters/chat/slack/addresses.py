"""Which addresses are Slack's own: nothing else is fetched or told anything."""

from __future__ import annotations

from urllib.parse import urlsplit


class SlackAddresses:
    """Slack's hosts, or the one host that stands for Slack."""

    def __init__(self, api_url: str) -> None:
        """Take what stands at this address for Slack."""
        self._stand_in = None if _is_slack(api_url) else urlsplit(api_url).hostname

    def has(self, url: str) -> bool:
        """Whether an address is Slack's."""
        if self._stand_in is None:
            return _is_slack(url)
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and parts.hostname == self._stand_in

    def may_lead(self, url: str, other: str) -> bool:
        """Whether what is sent to the first may go on to the other one."""
        if self._stand_in is None:
            return _is_slack(other)
        return self.has(other) and urlsplit(url).netloc == urlsplit(other).netloc


def _is_slack(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = parts.port in (None, 443) and parts.username is None
    except ValueError:
        return False
    host = parts.hostname or ""
    return (
        named and parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
    )
