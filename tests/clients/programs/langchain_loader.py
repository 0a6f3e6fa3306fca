"""LangChain's loader over docling's client: what it makes of a document, as a line of JSON."""

from __future__ import annotations

import json
import sys

from docling.service_client import DoclingServiceClient
from langchain_docling import DoclingLoader
from langchain_docling.loader import ExportType

url, key, path = sys.argv[1:]
loader = DoclingLoader(path, converter=DoclingServiceClient(url=url, api_key=key), export_type=ExportType.MARKDOWN)
found = [one.page_content for one in loader.load()]
sys.stdout.write(json.dumps(found) + "\n")
