"""Reads what changed in the bucket, has it parsed, cuts it up, stages it."""
