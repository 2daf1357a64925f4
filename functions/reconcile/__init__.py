"""Compares bucket, registry and index, and has repaired what differs."""
