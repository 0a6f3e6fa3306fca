"""A soak: everything is disturbed at once for minutes, then every invariant is checked against the sources alone."""
