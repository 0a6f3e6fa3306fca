"""Delete many objects, a thousand in one request."""

from __future__ import annotations

import time
from collections.abc import Sequence

from olmocr_core.domain.errors import StoreRefused, StoreUnavailable
from olmocr_core.storage.objects import ObjectStore
from olmocr_core.storage.store_errors import is_retryable, is_unsupported_call

BATCH_SIZE = 1000
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 10.0
_NAMED = 5


def delete_objects(store: ObjectStore, bucket: str, keys: Sequence[str]) -> None:
    """Delete objects; a missing one is not an error.

    Raises StoreRefused, or StoreUnavailable after all attempts; the message names the objects that were not deleted.
    """
    for first in range(0, len(keys), BATCH_SIZE):
        _delete_batch(store, bucket, keys[first : first + BATCH_SIZE])


def _delete_batch(store: ObjectStore, bucket: str, keys: Sequence[str]) -> None:
    left = keys
    for attempt in range(store.settings.max_attempts):
        if attempt:
            time.sleep(min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT))
        errors = _delete_once(store, bucket, left)
        if refused := {key: said for key, (code, said) in errors.items() if not is_retryable(code)}:
            raise StoreRefused(_describe_errors(store, bucket, refused))
        left = list(errors)
        if not left:
            return
    raise StoreUnavailable(
        f"{_describe_errors(store, bucket, {key: said for key, (_, said) in errors.items()})}; run again later"
    )


def _delete_once(store: ObjectStore, bucket: str, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Send one request; return the keys that were not deleted, each with the store's error code and message."""
    wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    try:
        answer = store.call("delete_objects", Bucket=bucket, Delete=wanted)
    except StoreRefused as error:
        if not is_unsupported_call(error):
            raise
        for key in keys:
            store.delete(bucket, key)
        return {}
    errors = answer.get("Errors", ())
    return {one["Key"]: (one.get("Code", ""), f"{one.get('Code')}: {one.get('Message')}") for one in errors}


def _describe_errors(store: ObjectStore, bucket: str, errors: dict[str, str]) -> str:
    named = ", ".join(f"s3://{bucket}/{key} ({said})" for key, said in list(errors.items())[:_NAMED])
    more = f" and {len(errors) - _NAMED} more" if len(errors) > _NAMED else ""
    return f"{store.settings.endpoint_url or 'AWS'} did not remove {named}{more}"
