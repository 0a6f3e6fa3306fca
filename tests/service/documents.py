"""Documents that tests send, and how they send them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "samples"
PAPER = (SAMPLES / "code_and_formula.pdf").read_bytes()
PHOTO = (SAMPLES / "phototest.tif").read_bytes()
PATH = "/v1/documents"


def a_pdf(pages: int, seed: int = 0) -> bytes:
    """A PDF of small images, each of which has something on it."""
    drawn = []
    for number in range(pages):
        image = Image.new("L", (60, 60), 255)
        ImageDraw.Draw(image).text((5, 20), f"{seed}.{number}", fill=0)
        drawn.append(image)
    stream = BytesIO()
    drawn[0].save(stream, "PDF", save_all=True, append_images=drawn[1:])
    return stream.getvalue()


async def send(client: httpx.AsyncClient, data: bytes, name: str = "a.pdf", **params: Any) -> httpx.Response:
    """Send a document as a form."""
    return await client.post(PATH, files={"file": (name, data)}, params=params)
