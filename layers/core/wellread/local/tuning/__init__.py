"""`wellread fine-tune`."""
