"""Documents become searchable, stay as the bucket has them, and go with it."""
