"""What clients of other tools call, each in its own module over the native jobs."""
