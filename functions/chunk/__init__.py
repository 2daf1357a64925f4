"""Parses, chunks and stages what changed in the bucket."""
