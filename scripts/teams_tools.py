"""Install what tests drive the bot of Teams with: Microsoft's Agents Playground.

    python3 -m scripts.teams_tools

Needs npm. Its licence lets it be used for development only; its hash is in
tests/teams/node/package-lock.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.npm_tools import NpmTools

_PINS = Path(__file__).resolve().parent.parent / "tests" / "teams" / "node"
TOOLS = NpmTools(_PINS, "teams-tools", "The Agents Playground is")

if __name__ == "__main__":
    sys.exit(TOOLS.install())
