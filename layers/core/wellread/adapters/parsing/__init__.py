"""Bytes to text: one front a format, in a child process that may fail without harm."""
