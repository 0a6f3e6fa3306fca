"""Other tools on a benchmark: readers in their own environments, stored texts, and the table of results."""
