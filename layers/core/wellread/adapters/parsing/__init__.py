"""Bytes to text: one front a format, in a child process that may fail without harm."""

PARSER_VERSION = "1"
"""Raise it with every change of the text that comes out: documents are then read anew."""
