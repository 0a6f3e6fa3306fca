"""Docling's own client: what it makes of a document, as a line of JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from docling.service_client import DoclingServiceClient

url, key, path = sys.argv[1:]
client = DoclingServiceClient(url=url, api_key=key)
result = client.convert(source=Path(path))
document = result.document
found = {
    "status": result.status.value,
    "markdown": document.export_to_markdown(),
    "pages": {number: [page.size.width, page.size.height] for number, page in document.pages.items()},
    "boxes": [item.prov[0].bbox.as_tuple() for item in document.texts],
    "page_numbers": sorted({item.prov[0].page_no for item in document.texts}),
    "health": client.health().status,
}
sys.stdout.write(json.dumps(found) + "\n")
