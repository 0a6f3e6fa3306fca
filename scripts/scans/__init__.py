"""Scans whose text is known: pages set in old faces from texts of Debian packages, damaged in sixteen ways."""
