"""Fine-tuning: what is learnt from, what came of it, and whether it is promoted."""
