"""Recordings: folders of the raw answers that an engine gave, to be read again without it."""
