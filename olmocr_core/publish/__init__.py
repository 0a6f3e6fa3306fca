"""Publishing: the dataset as Dolma, Parquet and Markdown, and the manifest that names its files."""

from olmocr_core.publish.commit import recover
from olmocr_core.publish.context import PublishContext
from olmocr_core.publish.manifest import Manifest, PublishedFile, read_manifest, verify

__all__ = ["Manifest", "PublishContext", "PublishedFile", "read_manifest", "recover", "verify"]
