"""What answering a question takes: pure functions, no input or output."""
