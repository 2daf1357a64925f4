"""Reads documents that are lent to it, and may do nothing else."""
