"""From a question to a reply: what answering is made of."""
