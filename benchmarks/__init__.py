"""How fast wellread is, beside what people would otherwise use: `python -m benchmarks`."""
