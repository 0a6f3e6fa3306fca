"""The benchmark of a night of 100,000 pages."""
