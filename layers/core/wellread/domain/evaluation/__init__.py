"""How good answers are: cases, metrics, and how sure one may be of them."""
