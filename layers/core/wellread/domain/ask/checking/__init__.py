"""Whether a source says what a model says."""
