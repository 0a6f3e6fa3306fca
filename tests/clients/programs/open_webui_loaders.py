"""Open WebUI's own loader classes, from its wheel: what each makes of a document, as a line of JSON.

Its wheel is installed without its 150 dependencies. Modules that these classes load and never call here are stood in for.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import types

os.environ.update(DATA_DIR=tempfile.mkdtemp(), WEBUI_SECRET_KEY="tests")


def stand_in(name: str) -> None:
    module = types.ModuleType(name)
    module.__getattr__ = lambda attribute: type(attribute, (), {})  # type: ignore[method-assign]
    sys.modules[name] = module


for unused in (
    "azure",
    "azure.identity",
    "open_webui.config",
    "open_webui.models.groups",
    "open_webui.retrieval.loaders.local",
    "open_webui.retrieval.loaders.pdf",
    "open_webui.utils.json_codec",
    "open_webui.utils.oauth",
):
    stand_in(unused)

from open_webui.retrieval.loaders.external_document import ExternalDocumentLoader  # noqa: E402
from open_webui.retrieval.loaders.main import DoclingLoader, TikaLoader  # noqa: E402
from open_webui.retrieval.loaders.mineru import MinerULoader  # noqa: E402
from open_webui.retrieval.loaders.mistral import MistralLoader  # noqa: E402

url, key, path = sys.argv[1:]
pdf = "application/pdf"
loaders = {
    "external": ExternalDocumentLoader(path, url, key, pdf),
    "docling": DoclingLoader(url, key, path, pdf),
    "mistral": MistralLoader(f"{url}/v1", key, path),
    "mistral_base64": MistralLoader(f"{url}/v1", key, path, use_base64=True),
    "mineru": MinerULoader(path, api_url=url, api_key=key),
    "tika": TikaLoader(url, path, pdf),
    "tika4": TikaLoader(url, path, pdf, server_version="4"),
}
# These loaders send no key: a service that has keys refuses them.
chosen = {name: loader for name, loader in loaders.items() if key == "any" or name not in ("mineru", "tika", "tika4")}
found = {
    name: [{"text": one.page_content, "metadata": one.metadata} for one in loader.load()]
    for name, loader in chosen.items()
}
sys.stdout.write(json.dumps(found) + "\n")
