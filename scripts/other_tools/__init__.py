"""Other tools beside ours on a benchmark: readers that run in environments of their own, kept texts, one table."""
