"""The ledger: which sources are known, what they were when they were read, and where their documents lie."""
