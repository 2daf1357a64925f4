"""Use cases of fine-tuning."""
