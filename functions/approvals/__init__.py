"""Takes the word of a person about a tuned model."""
