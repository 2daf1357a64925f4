"""What a question asks for, and which passages hold it."""
