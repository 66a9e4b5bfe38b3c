"""Benchmarks that print ratios: `python -m bench`. A ratio says the same on every machine; seconds do not."""
