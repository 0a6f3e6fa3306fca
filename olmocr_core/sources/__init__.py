"""Sources: files, folders, globs, lists of paths and archives, listed and identified by content."""

from olmocr_core.domain.models import Problem
from olmocr_core.sources.collect import collect, group
from olmocr_core.sources.found import Collected, Found, NotFollowed, Skipped

__all__ = ["Collected", "Found", "NotFollowed", "Problem", "Skipped", "collect", "group"]
