"""All targets, by name."""

from __future__ import annotations

from scripts.fuzz import files, layouts, servers, tables, texts
from scripts.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target for module in (texts, tables, servers, files, layouts) for target in module.TARGETS
}
