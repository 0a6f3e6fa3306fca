"""Mistral's own client: what it makes of a document, as a line of JSON."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from mistralai.client import Mistral

url, key, path = sys.argv[1:]
data = Path(path).read_bytes()
client = Mistral(api_key=key, server_url=url)
sent = client.files.upload(file={"file_name": "a.pdf", "content": data}, purpose="ocr")
link = client.files.get_signed_url(file_id=sent.id, expiry=1)
linked = client.ocr.process(
    model="mistral-ocr-latest", document={"type": "document_url", "document_url": link.url}, include_blocks=True
)
data_url = f"data:application/pdf;base64,{base64.b64encode(data).decode()}"
second = client.ocr.process(
    model="mistral-ocr-latest", document={"type": "document_url", "document_url": data_url}, pages=[1]
)
by_id = client.ocr.process(model="mistral-ocr-latest", document={"type": "file", "file_id": sent.id})
found = {
    "pages": [page.markdown for page in linked.pages],
    "block_types": sorted({block.type for page in linked.pages for block in page.blocks or []}),
    "second": [page.index for page in second.pages],
    "by_id": len(by_id.pages),
    "models": [model.id for model in client.models.list().data],
    "retrieved": client.files.retrieve(file_id=sent.id).filename,
    "deleted": client.files.delete(file_id=sent.id).deleted,
}
sys.stdout.write(json.dumps(found) + "\n")
