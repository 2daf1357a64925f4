"""Everything on one machine: a SQLite file, a folder as bucket, packaged models."""
