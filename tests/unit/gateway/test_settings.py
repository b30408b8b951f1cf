"""The gateway's settings as they come from the environment."""

from __future__ import annotations

import ipaddress

import pytest
from pydantic import ValidationError

from services.gateway.settings import GatewaySettings

NEEDED = {f"{name}_ADDRESS": "127.0.0.1:1" for name in
          ("ACCOUNTS", "VENDORS", "BROKER", "QUALITY", "PAYOUTS")} | {
    "MONGO_URI": "mongodb://x", "MEDIA_SIGNING_KEY": "k" * 64,
}  # fmt: skip


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> GatewaySettings:
    for name, value in (NEEDED | given).items():
        monkeypatch.setenv(f"CREWLINE_{name}", value)
    return GatewaySettings()  # type: ignore[call-arg]


def test_proxies_are_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch).trusted_proxy_networks == ()
    read_ones = read(monkeypatch, TRUSTED_PROXY_NETWORKS='["10.0.0.0/8", "fd00::/8"]')
    assert read_ones.trusted_proxy_networks == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("fd00::/8"),
    )
    with pytest.raises(ValidationError, match="trusted_proxy_networks"):
        read(monkeypatch, TRUSTED_PROXY_NETWORKS='["10.0.0.0/33"]')


@pytest.mark.parametrize("name", ["REQUESTS_PER_SECOND", "REQUESTS_BURST", "STREAMS_PER_KEY_MAX"])
def test_limits_are_more_than_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ValidationError, match=name.lower()):
        read(monkeypatch, **{name: "0"})
