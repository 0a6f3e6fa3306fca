"""Batches: many documents that are sent, asked for and taken back together."""
