"""PDF and image bytes: everything that parses or draws them, in worker processes."""
