"""Compares bucket, registry and index, and sees that differences are repaired."""
