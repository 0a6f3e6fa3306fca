"""Killable worker processes with limits on memory and time, and the protocol between them and the pool."""
