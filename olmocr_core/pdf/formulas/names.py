"""Words in equations: function names, and words that join one equation to the next."""

from __future__ import annotations

_FUNCTIONS = """
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log max min Pr sec
sin sinh sup tan tanh
"""
_LIMIT_FUNCTIONS = "lim liminf limsup max min sup inf det gcd Pr argmax argmin"
_JOINING = """
if for when where with and or otherwise else all every each any some in on as is are not then while at by to such that
subject iff only a.e. a.s. i.e. e.g. so
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
LIMIT_FUNCTIONS = frozenset(_LIMIT_FUNCTIONS.split())
# Words between equations of one display; the surrounding sentence has many more.
JOINING_WORDS = frozenset(_JOINING.split())
