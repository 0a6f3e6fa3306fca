"""Fuzzing of the parsers that this project wrote: ``python -m scripts.fuzz --minutes 20``."""
