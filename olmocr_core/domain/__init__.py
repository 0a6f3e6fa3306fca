"""The nouns: documents, pages, attempts, records, errors, ports, settings, identities. Imports no other package of the core."""
