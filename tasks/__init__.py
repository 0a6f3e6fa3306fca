"""Adapters: each task calls one function of the core."""
