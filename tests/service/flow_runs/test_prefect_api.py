"""Errors of the API against a scripted server; the real one is asked in ``tests/integration/test_8_service.py``."""

from __future__ import annotations

import pytest

from service.flow_runs.prefect_api import PrefectApi, PrefectAway, PrefectRefused
from tests.service.peers import open_peer


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_what_may_pass_is_an_api_that_is_away(status: int) -> None:
    async with open_peer(status) as peer:
        api = PrefectApi(peer.url("/api"))
        with pytest.raises(PrefectAway, match=str(status)):
            await api.state("1")
        await api.aclose()
    api = PrefectApi(peer.url("/api"), "admin:secret")
    with pytest.raises(PrefectAway, match="does not answer"):
        await api.cancel("1")
    await api.aclose()


@pytest.mark.parametrize("status", [401, 403, 404, 422])
async def test_what_will_not_pass_is_refused(status: int) -> None:
    async with open_peer(status) as peer:
        api = PrefectApi(peer.url("/api"), "admin:secret")
        with pytest.raises(PrefectRefused, match=f"{status} to deployments/name/convert/on-demand"):
            await api.start({}, "key")
        assert peer.requests[0].headers["Authorization"] == "Basic YWRtaW46c2VjcmV0"
        await api.aclose()


async def test_a_run_that_was_deleted_is_missing() -> None:
    async with open_peer(404) as peer:
        api = PrefectApi(peer.url("/api/"))
        assert await api.state("1") == "MISSING"
        assert api.page("1") == peer.url("/runs/flow-run/1")
        await api.aclose()
