"""What servers and workers run in."""
