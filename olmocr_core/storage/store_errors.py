"""Translate errors of the S3 client into errors that say what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from olmocr_core.domain.errors import OlmocrError, StoreRefused, StoreUnavailable
from olmocr_core.domain.settings import Store

_CREDENTIALS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile of the AWS configuration in "
    "storage.source.profile or storage.workspace.profile"
)
_MISSING = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchUpload", "NoSuchVersion"})
_TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
_DENIED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled", "AccountProblem", "InvalidObjectState"})
_WRONG_KEYS = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
     "RequestTimeTooSkewed", "AuthorizationHeaderMalformed"}
)  # fmt: skip
_BUSY = frozenset(
    {"SlowDown", "503", "ServiceUnavailable", "Throttling", "ThrottlingException", "RequestLimitExceeded",
     "TooManyRequests", "429", "InternalError", "500", "502", "504", "RequestTimeout", "OperationAborted"}
)  # fmt: skip
# Codes of S3-compatible stores that do not support a call, or not in the form that AWS's client sends.
_UNKNOWN = frozenset({"NotImplemented", "501", "MethodNotAllowed", "405", "MissingContentMD5", "InvalidDigest"})


@contextlib.contextmanager
def translate_errors(method: str, arguments: Mapping[str, Any], settings: Store) -> Iterator[None]:
    """Translate exceptions of the S3 client inside the block to FileNotFoundError, FileExistsError or OlmocrError."""
    try:
        yield
    except OlmocrError:
        raise
    except Exception as error:
        known = _translate(error, method, arguments, settings)
        if known is None:
            raise
        raise known from error


def is_rate_limited(error: StoreUnavailable) -> bool:
    """Whether the store answered 429, too many requests."""
    answer = getattr(_root_cause(error), "response", None) or {}
    return bool(answer.get("ResponseMetadata", {}).get("HTTPStatusCode") == 429)


def is_retryable(code: str) -> bool:
    """Whether an error code of the store means that a later attempt may succeed."""
    return code in _BUSY


def is_unsupported_call(error: StoreRefused) -> bool:
    """Whether the store does not support the call; another call may have the same effect."""
    answer = getattr(_root_cause(error), "response", None) or {}
    return str(answer.get("Error", {}).get("Code", "")) in _UNKNOWN


def _translate(error: Exception, method: str, arguments: Mapping[str, Any], settings: Store) -> Exception | None:
    from botocore.exceptions import ClientError

    place = f"s3://{arguments.get('Bucket', '')}/{arguments.get('Key', arguments.get('Prefix', ''))}"
    where = settings.endpoint_url or "AWS"
    cause = _root_cause(error)
    if isinstance(cause, ClientError):
        answer = cause.response.get("Error", {})
        return _from_response(str(answer.get("Code", "")), str(answer.get("Message", "")), method, place, where)
    return _from_failure(cause, place, where)


def _root_cause(error: BaseException) -> BaseException:
    # s3fs wraps errors of the client in an OSError.
    while error.__cause__ is not None and type(error).__module__.split(".")[0] not in ("botocore", "aiobotocore"):
        error = error.__cause__
    return error


def _from_response(code: str, message: str, method: str, place: str, where: str) -> Exception:
    bucket = place.removeprefix("s3://").split("/")[0]
    if code == "NoSuchBucket" or (code in _MISSING and method in ("list_objects_v2", "head_bucket")):
        return StoreRefused(f"{place}: there is no bucket {bucket!r} at {where}; check its name, or create it")
    if code in _MISSING:
        return FileNotFoundError(f"{place} does not exist")
    if code in _TAKEN:
        # A conditional read fails if the object was replaced: the requested version is gone.
        gone = method == "get_object"
        return FileNotFoundError(f"{place} was replaced") if gone else FileExistsError(f"{place} exists already")
    if code in _DENIED:
        return StoreRefused(f"{place}: {where} does not allow {method} ({code}); the credentials lack this permission")
    if code in _WRONG_KEYS:
        return StoreRefused(f"{place}: {where} does not accept the credentials ({code}); {_CREDENTIALS}")
    if code in _BUSY:
        return StoreUnavailable(f"{place}: {where} stays busy ({code}) after all attempts; run again later")
    if code in ("PermanentRedirect", "301", "IllegalLocationConstraintException"):
        return StoreRefused(f"{place}: the bucket is in another region; set storage.*.region")
    return StoreRefused(f"{place}: {where} answers {code} to {method}: {message}")


def _from_failure(error: BaseException, place: str, where: str) -> Exception | None:
    from aiohttp import ClientError
    from botocore import exceptions

    no_keys = (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.ProfileNotFound,
        exceptions.CredentialRetrievalError,
    )
    if isinstance(error, no_keys):
        return StoreRefused(f"{place}: no credentials for {where} ({error}); {_CREDENTIALS}")
    if isinstance(error, exceptions.ParamValidationError | exceptions.InvalidEndpointConfigurationError):
        return StoreRefused(f"{place}: {error}")
    if not isinstance(error, exceptions.BotoCoreError | ClientError | ConnectionError | TimeoutError):
        # A full local disk, or a bug.
        return None
    return StoreUnavailable(f"{place}: {where} cannot be reached ({error or type(error).__name__}); is it up?")
