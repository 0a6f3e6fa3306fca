"""Generated scans with known text: pages in old typefaces from texts of Debian packages, damaged in sixteen ways."""
