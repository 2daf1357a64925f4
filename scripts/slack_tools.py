"""Install what tests check messages to Slack against: Slack's own types, and an emulator of Slack.

    python3 -m scripts.slack_tools

Needs npm. Every package is one whose hash is in tests/slack/node/package-lock.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.npm_tools import NpmTools

_PINS = Path(__file__).resolve().parent.parent / "tests" / "slack" / "node"
TOOLS = NpmTools(_PINS, "slack-tools", "Slack's types and the emulator are")

if __name__ == "__main__":
    sys.exit(TOOLS.install())
