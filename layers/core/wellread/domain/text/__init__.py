"""Text as such: words, sentences, and what may be shown of it."""
