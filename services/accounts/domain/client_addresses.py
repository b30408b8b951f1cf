"""Where a call comes from, for throttling: the peer, or whom a proxy that we trust speaks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_IPV6_PREFIX = 64


def client_address(peer: str, *, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """What attempts are counted by: an IPv4 address, or of IPv6 the network of 64 bits.

    `peer` is gRPC's, as in `ipv4:10.0.0.1:5000`. What is forwarded counts only where the peer is
    trusted and it is one address; anything else falls back to the peer.
    """
    direct = _peer_address(peer)
    if direct is None:
        return peer
    if len(forwarded) == 1 and any(
        direct.version == network.version and direct in network for network in trusted
    ):
        told = _address(forwarded[0].strip())
        if told is not None:
            return _counted(told)
    return _counted(direct)


def _peer_address(peer: str) -> Address | None:
    scheme, _, rest = peer.partition(":")
    if scheme not in ("ipv4", "ipv6"):
        return None
    host = rest.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")
    return _address(host.replace("%25", "%"))


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both families shows IPv4 callers so: all of them would be one network.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _counted(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    # One host has many addresses.
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
