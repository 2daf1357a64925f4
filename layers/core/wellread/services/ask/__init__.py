"""Use cases of asking."""
