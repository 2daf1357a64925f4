"""Talk to the bot of this clone in Microsoft's Agents Playground, without Teams, without a tunnel.

.venv/bin/python -m tests.teams.play --documents FOLDER
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.teams_tools import TOOLS
from tests.teams.playground import free_port, listening, running_playground, running_relay
from tests.teams.tenant import TeamsTenant, running_tenant

TENANT = "00000000-0000-0000-0000-0000000000001"
"""The only one that the Playground knows."""

PEOPLE = tuple(f"00000000-0000-0000-0000-{number:013}" for number in range(20, 26))
"""All who are in it, by their ids in the directory; the first is who clicks and writes."""


def settle(tenant: TeamsTenant) -> None:
    """Make the stand-in's directory that of the Playground: whom it lacks counts as a guest."""
    tenant.tenant = TENANT
    for person in PEOPLE:
        tenant.add_person(person)


def settings_of(tenant: TeamsTenant) -> dict[str, str]:
    """The environment in which a bot takes the stand-in for Teams."""
    return {
        "WELLREAD_TEAMS_CLIENT_ID": tenant.client_id,
        "WELLREAD_TEAMS_CLIENT_SECRET": tenant.client_secret,
        "WELLREAD_TEAMS_TENANT_ID": tenant.tenant,
        "WELLREAD_TEAMS_OPENID_URL": tenant.openid_url,
        "WELLREAD_TEAMS_LOGIN_URL": tenant.login_url,
        "WELLREAD_TEAMS_GRAPH_URL": tenant.graph_url,
    }


def main() -> int:
    """Run the bot, the stand-in and the Playground until somebody presses Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="what it answers from")
    documents = parser.parse_args().documents.resolve()
    tools, node = TOOLS.installed(), TOOLS.node(20)
    if tools is None or node is None:
        print("The Playground is not installed: run `make teams-tools` (it needs npm and Node 20).")
        return 1
    port = free_port()
    bot_url = f"http://127.0.0.1:{port}/api/messages"
    with (
        tempfile.TemporaryDirectory() as folder,
        running_tenant() as tenant,
        running_relay(bot_url) as relay,
    ):
        settle(tenant)
        command = [sys.executable, "-m", "wellread", "serve", "--port", str(port)]
        command += ["--data", f"{folder}/data", "--documents", str(documents)]
        with subprocess.Popen(command, env={**os.environ, **settings_of(tenant)}) as bot:
            try:
                listening(port)
                with running_playground(node, tools, relay.url, Path(folder)) as playground:
                    print(f"The Playground is at {playground.url}; Ctrl-C ends it.", flush=True)
                    bot.wait()
            except KeyboardInterrupt:
                print()
            finally:
                bot.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
