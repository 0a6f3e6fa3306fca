"""``make test-containers``: images built from a clean clone, and run."""
