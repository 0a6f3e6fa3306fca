"""The steps of a release that a program can do: ``python -m scripts.release`` (RELEASE_PROCESS.md)."""
