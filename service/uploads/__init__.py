"""From the body of a request to a file on the disk: bounded, streamed, and removed whatever happens."""
