"""What each part of the ranking gains: `python -m benchmarks.retrieval --set DIR --set DIR`."""
