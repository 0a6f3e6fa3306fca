"""Callbacks: a signed request to the client once its document or batch has ended, repeated until it is taken."""
