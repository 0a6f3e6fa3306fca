"""The formats in which the result of a document is given."""
