"""The laptop's chat page."""
