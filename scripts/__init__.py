"""Benchmarks and one-off tools. Run them from the checkout: ``python -m scripts.NAME``."""
