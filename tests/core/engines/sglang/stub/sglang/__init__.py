"""Stands where sglang would be installed, for tests of the launcher: starts in a moment and misbehaves on request."""
