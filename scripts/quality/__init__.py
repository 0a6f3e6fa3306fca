"""How good is the text? Expectations of the corpus, checks on a tool's text, the tools, and the tables of results."""
