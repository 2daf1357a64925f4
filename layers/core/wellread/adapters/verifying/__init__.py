"""Verifiers that need no technology of their own."""
