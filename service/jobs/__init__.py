"""Durable jobs: what is accepted ends, also after a kill."""
