"""Whose address a request has: never what an untrusted sender says of itself."""

from __future__ import annotations

import ipaddress

import pytest

from services.gateway.client_address import ClientAddresses

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("connection", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.2.0.1", "198.51.100.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.1, not an address", "10.0.0.1"),
        ("10.0.0.1", "1" * 5000, "10.0.0.1"),
    ],
)
def test_the_last_hop_that_no_trusted_proxy_is(
    connection: str, forwarded: str, expected: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"client": (connection, 5000), "headers": headers}
    assert ClientAddresses(trusted_proxies=PROXIES).of(scope) == expected


def test_without_trusted_proxies_the_connection_says_it() -> None:
    scope = {"client": ("10.0.0.1", 1), "headers": [(b"x-forwarded-for", b"198.51.100.1")]}
    assert ClientAddresses().of(scope) == "10.0.0.1"
    assert ClientAddresses().of({"client": None, "headers": []}) == ""
