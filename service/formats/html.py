"""A result as an HTML document: a section a page, equations as MathML. Nothing in it runs, links or loads."""

from __future__ import annotations

import html
from collections.abc import Sequence

from olmocr_core.publish.sanitize import scrub_text
from olmocr_core.report.csp import csp_hash
from olmocr_core.report.markdown import make_markdown_renderer
from service.formats.result_pages import ResultPage

_STYLE = """:root { color-scheme: light dark }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: break-word }
section + section { margin-top: 2rem; padding-top: 2rem; border-top: 1px solid #8888 }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #8888; padding: .2rem .5rem; vertical-align: top }
pre { overflow-x: auto }
.figure { font-style: italic }
"""
CONTENT_SECURITY_POLICY = f"default-src 'none'; style-src '{csp_hash(_STYLE)}'; base-uri 'none'; form-action 'none'"


def write_html(name: str, language: str | None, pages: Sequence[ResultPage]) -> str:
    """The document; ``name`` is its title. Sections have the ids ``page-1``, ``page-2``, ..."""
    render = make_markdown_renderer()
    sections = [
        f'<section id="page-{page.number}" aria-label="Page {page.number}">\n{render.convert_all(page.text)}</section>\n'
        for page in pages
    ]
    lang = f' lang="{html.escape(language)}"' if language else ""
    head = (
        f'<!DOCTYPE html>\n<html{lang}>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )
    return scrub_text(f"{head}{''.join(sections)}</body>\n</html>\n")
