"""Inline scripts and styles that a Content-Security-Policy allows, by their hash."""

from __future__ import annotations

import base64

from olmocr_core.domain.identity import bytes_digest


def csp_hash(content: str) -> str:
    """The source that allows an inline script or style with exactly this content."""
    return "sha256-" + base64.b64encode(bytes.fromhex(bytes_digest(content.encode()))).decode("ascii")
