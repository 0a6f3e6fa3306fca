"""From pages to documents: assembly, page furniture, language, signals, rules, duplicates, retention."""
