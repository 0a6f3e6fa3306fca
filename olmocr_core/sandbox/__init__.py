"""Worker processes that may be killed at any time, with limits on memory and time, and how the pool talks to them."""
