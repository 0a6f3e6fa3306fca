"""The native API: ``/v1/documents``."""
