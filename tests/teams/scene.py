"""A bot at work on this machine, and Microsoft's Agents Playground in which people talk to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.teams.play import settings_of
from tests.teams.playground import Playground, Relay, Shown, listening, until
from tests.teams.tenant import TeamsTenant
from wellread.bootstrap import embedded
from wellread.domain.ask.answers import Feedback
from wellread.settings import Settings


@dataclass
class Scene:
    """A running bot, and a client in which people talk to it."""

    playground: Playground
    relay: Relay
    tenant: TeamsTenant
    folder: Path

    def __post_init__(self) -> None:
        config = self.playground.config()["config"]
        self.personal = config["personalChat"]["id"]
        self.group = config["groupChats"][0]["id"]
        self.bot = config["bot"]["id"]

    def sent(self, conversation: str, kind: str = "") -> list[dict[str, Any]]:
        """What the bot sent to a conversation, and how the client took it."""
        return [
            each
            for each in self.playground.recorded()
            if each.get("direction", "").startswith("User Application")
            and each.get("conversationId") == conversation
            and each["request"]["method"] != "GET"
            and kind in ("", each["request"]["body"]["type"])
        ]

    def reply(self, conversation: str, number: int = 1) -> dict[str, Any]:
        """The body of the so manieth message in a conversation."""

        def found() -> list[dict[str, Any]]:
            messages = self.sent(conversation, "message")
            return messages if len(messages) >= number else []

        message = until(found, f"no message {number}")[number - 1]
        assert message["response"]["statusCode"] < 300
        body: dict[str, Any] = message["request"]["body"]
        return body

    def card(self, label: str, since: int = 0) -> Shown:
        """The newest message with a button of this name, of those from a place on."""

        def found() -> list[Shown]:
            return [each for each in self.playground.shown[since:] if label in each.buttons]

        return until(found, f"no button “{label}”")[-1]

    def says(self, text: str, since: int = 0) -> Shown:
        """The first message with these words, of those from a place on."""

        def found() -> list[Shown]:
            shown = self.playground.shown[since:]
            return [each for each in shown if text in (each.content.get("text") or "")]

        return until(found, f"nobody says “{text}”")[0]

    def verdicts(self) -> list[Feedback]:
        """The verdicts that were kept."""
        services = embedded.EmbeddedServices(Settings(data=self.folder / "data"))
        try:
            return [given.feedback for given in services.adapters.verdicts.list()]
        finally:
            services.close()


def bot_url(port: int) -> str:
    return f"http://127.0.0.1:{port}/api/messages"


class running_bot:  # noqa: N801 - it is used as a function
    """`wellread serve` with the stand-in's login, keys and Graph."""

    def __init__(self, tenant: TeamsTenant, folder: Path, port: int, chat: dict[str, Any]) -> None:
        self._port = port
        (folder / "data").mkdir()
        (folder / "data" / "access.json").write_text(
            json.dumps({"access": {}, "chat": {"teams": chat}})
        )
        env = {**os.environ, **settings_of(tenant)}
        command = [sys.executable, "-m", "wellread", "serve", "--port", str(port)]
        command += ["--data", str(folder / "data"), "--documents", str(folder / "documents")]
        self._log = (folder / "serve.log").open("w")
        self._process = subprocess.Popen(command, env=env, stdout=self._log, stderr=self._log)

    def __enter__(self) -> None:
        listening(self._port)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()
