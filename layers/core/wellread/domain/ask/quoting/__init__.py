"""Which places of documents answer, and how they are shown."""
