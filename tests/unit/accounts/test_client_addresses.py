"""Callers are counted by address, whatever port they come from; of IPv6 by network."""

from __future__ import annotations

import pytest

from services.accounts.domain.client_addresses import client_address


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:10.1.2.3:50123", "10.1.2.3"),
        ("ipv6:[::1]:50123", "::/64"),
        ("ipv6:%5B2001:db8:1:2:aaaa::9%5D:443", "2001:db8:1:2::/64"),
        ("ipv6:[fe80::1%25eth0]:443", "fe80::/64"),
        ("ipv6:[::ffff:10.1.2.3]:50123", "10.1.2.3"),
        ("unix:/run/accounts.sock", "unix:/run/accounts.sock"),
        ("", ""),
    ],
)
def test_the_address_of_a_peer(peer: str, address: str) -> None:
    assert client_address(peer, forwarded=[], trusted=[]) == address
