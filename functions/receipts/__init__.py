"""Answers what is asked in chats."""
