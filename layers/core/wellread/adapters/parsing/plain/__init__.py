"""Plain text, markdown and delimited tables."""
