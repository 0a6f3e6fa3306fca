"""From boxes to Markdown: reading order, paragraphs, headings, lists, tables, margins."""
