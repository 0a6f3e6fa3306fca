"""The nouns: documents, pages, attempts and records; errors, ports, settings, identities. Imports nothing else of the core."""
