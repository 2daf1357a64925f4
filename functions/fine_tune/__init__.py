"""Does the steps of the fine-tuning state machine."""
