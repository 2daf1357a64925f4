"""From a question to what is said in reply."""
