"""The key of a model server: how it is sent, and how it is kept out of messages."""

from __future__ import annotations

import base64

from pydantic import SecretStr

_BASIC = "basic "


def make_authorization(key: SecretStr) -> str:
    """The value of the header: a bearer token, or ``Basic USER:PASSWORD`` encoded as servers want it."""
    words = key.get_secret_value()
    if not words.lower().startswith(_BASIC):
        return f"Bearer {words}"
    given = words[len(_BASIC) :].strip()
    # Base64 has no colon.
    return f"Basic {base64.b64encode(given.encode()).decode() if ':' in given else given}"


def hide_key(words: str, key: SecretStr | None) -> str:
    """The words with ``***`` for the key, which servers echo, in whatever form it was sent."""
    if key is None:
        return words
    secret = key.get_secret_value()
    forms = {secret, make_authorization(key).partition(" ")[2]}
    if secret.lower().startswith(_BASIC):
        forms.add(given := secret[len(_BASIC) :].strip())
        forms.add(given.partition(":")[2])
    for form in sorted(filter(None, forms), key=len, reverse=True):
        words = words.replace(form, "***")
    return words
