"""Callers are counted by address, whatever port they come from; of IPv6 by network."""

from __future__ import annotations

import ipaddress
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


GATEWAY = "ipv4:127.0.0.1:50123"
TRUSTED = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (GATEWAY, ["10.1.2.3"], "10.1.2.3"),
        (GATEWAY, [" 10.1.2.3 "], "10.1.2.3"),
        (GATEWAY, ["2001:db8:1:2:aaaa::9"], "2001:db8:1:2::/64"),
        (GATEWAY, ["::ffff:10.1.2.3"], "10.1.2.3"),
        ("ipv6:[::1]:50123", ["10.1.2.3"], "10.1.2.3"),
        ("ipv6:[::ffff:127.0.0.1]:50123", ["10.1.2.3"], "10.1.2.3"),
        # Of others, it is their own word.
        ("ipv4:10.9.9.9:50123", ["10.1.2.3"], "10.9.9.9"),
        ("ipv6:[2001:db8::1]:50123", ["10.1.2.3"], "2001:db8::/64"),
        ("unix:/run/accounts.sock", ["10.1.2.3"], "unix:/run/accounts.sock"),
        # One address, or none.
        (GATEWAY, [], "127.0.0.1"),
        (GATEWAY, ["10.1.2.3", "10.4.5.6"], "127.0.0.1"),
        (GATEWAY, ["10.1.2.3, 10.4.5.6"], "127.0.0.1"),
        (GATEWAY, ["10.1.2.3:80"], "127.0.0.1"),
        (GATEWAY, ["unknown"], "127.0.0.1"),
        (GATEWAY, [""], "127.0.0.1"),
        (GATEWAY, ["10.1.2.300"], "127.0.0.1"),
    ],
)
def test_a_proxy_that_is_trusted_says_whom_it_speaks_for(
    peer: str, forwarded: list[str], address: str
) -> None:
    assert client_address(peer, forwarded=forwarded, trusted=TRUSTED) == address


@given(st.lists(st.text(alphabet=string.printable, max_size=40), max_size=3))
def test_whatever_is_forwarded_becomes_one_address(forwarded: list[str]) -> None:
    found = client_address(GATEWAY, forwarded=forwarded, trusted=TRUSTED)
    ipaddress.ip_network(found)
