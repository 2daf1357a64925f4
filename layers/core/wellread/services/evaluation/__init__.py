"""Answers measured on cases."""
