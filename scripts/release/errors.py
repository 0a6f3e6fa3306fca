"""The error that ends a release."""

from __future__ import annotations


class ReleaseError(Exception):
    """A step of the release failed; the message says which and what to do."""
