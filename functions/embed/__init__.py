"""Embeds and indexes staged chunks."""
