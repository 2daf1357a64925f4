"""Slack, through its own SDK."""
