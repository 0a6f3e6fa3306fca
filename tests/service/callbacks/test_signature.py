from __future__ import annotations

from pathlib import Path

from service.callbacks.signature import SIGNATURE, TIMESTAMP, is_signed, load_secret, sign


def test_the_signature_is_hmac_sha256_of_timestamp_dot_body() -> None:
    # printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
    assert sign("secret", 1_700_000_000, b"{}") == {
        TIMESTAMP: "1700000000",
        SIGNATURE: "sha256=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163",
    }


def test_an_old_one_a_changed_one_and_none_are_refused() -> None:
    headers = dict(sign("secret", 1000, b"{}"))
    assert is_signed("secret", headers, b"{}", now=1200)
    assert not is_signed("secret", headers, b"{}", now=1301)
    assert not is_signed("secret", headers, b"{ }", now=1200)
    assert not is_signed("secret", headers | {TIMESTAMP: "1001"}, b"{}", now=1200)
    assert not is_signed("secret", {}, b"{}", now=1200)


def test_the_secret_of_a_folder_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    made = load_secret(tmp_path)
    assert load_secret(tmp_path) == made
    assert len(made) == 64
    assert (tmp_path / "callback-secret").stat().st_mode & 0o777 == 0o600
