"""The ledger: the known sources, their versions when they were read, and the places of their documents."""
