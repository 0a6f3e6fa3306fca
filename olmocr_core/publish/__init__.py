"""The dataset: Dolma JSONL, Parquet, Markdown, and the manifest that readers follow."""
