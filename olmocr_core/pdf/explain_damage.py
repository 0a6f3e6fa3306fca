"""Why pdfium cannot open a PDF or find a page in it, in words for people: pdfium itself says only that it cannot."""

from __future__ import annotations

import mmap
import re
from typing import Any

from olmocr_core.pdf.cross_check import open_with_pypdf
from olmocr_core.sandbox.inputs import open_input

_SECONDS = 5.0
_MOST_NODES = 20_000
_ENCRYPTION_REFERENCE = re.compile(rb"/Encrypt\s+(\d+)\s+(\d+)\s+R")
_CRYPT_FILTERS = re.compile(rb"/CF\s*<<.*?>>\s*>>", re.DOTALL)
_VERSION, _KEY_LENGTH = re.compile(rb"/V\s+(\d{1,9})"), re.compile(rb"/Length\s+(-?\d{1,9})")
# By version of the encryption: the keys that exist, in bits. Versions 1 and 4 do not go by what the file says.
_KEY_BITS = {2: range(40, 129, 8), 3: range(40, 129, 8), 5: range(256, 257)}


def explain_key_length(location: str) -> str | None:
    """Say that no password can open the file, because its encryption names a key that does not exist; else None."""
    # pypdf, too, gives up before it says what it read. Encryption itself is never encrypted nor packed.
    with open_input(location) as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        named = list(_ENCRYPTION_REFERENCE.finditer(data))
        if not named:
            return None
        found = re.search(rb"(?<!\d)%s\s+%s\s+obj(.{0,4000}?)endobj" % named[-1].groups(), data, re.DOTALL)
        entries = _CRYPT_FILTERS.sub(b"", found.group(1)) if found else b""
    numbers = [int(match.group(1)) for entry in (_VERSION, _KEY_LENGTH) if (match := entry.search(entries))]
    if len(numbers) < 2 or numbers[0] not in _KEY_BITS or numbers[1] in _KEY_BITS[numbers[0]]:
        return None
    return f"its encryption is damaged: it names a key of {numbers[1]} bits, which does not exist; no password opens it"


def explain_missing_page(location: str, password: str) -> str:
    """Say why a page that a document counts cannot be found in it."""
    try:
        with open_with_pypdf(location, password, _SECONDS) as reader:
            leads_back = _leads_back(reader.root_object.raw_get("/Pages"))
    except (MemoryError, ImportError):
        raise
    except Exception:  # noqa: BLE001 - over hostile bytes pypdf raises anything
        leads_back = False
    return "the tree of pages leads back to itself" if leads_back else "the list of pages is damaged or ends before it"


def _leads_back(root: Any) -> bool:
    """Whether a node of the page tree is its own descendant."""
    above: set[int] = set()
    pending, visited = [(root, True)], 0
    while pending and visited < _MOST_NODES:
        node, entering = pending.pop()
        number = node.idnum
        if not entering:
            above.discard(number)
            continue
        if number in above:
            return True
        above.add(number)
        visited += 1
        pending.append((node, False))
        kids = node.get_object().get("/Kids", [])
        pending += [(kid, True) for kid in kids.get_object() if hasattr(kid, "idnum")] if kids else []
    return False
