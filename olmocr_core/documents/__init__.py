"""Pages into documents: assembly, furniture, language, signals, rules, duplicates, retention."""
